/**
 * Keeps the files of this folder, so that the page works without a network.
 *
 * An export writes above this which ones, and by which name they are kept. So
 * this file is another one with each export, and a browser, which asks for it
 * at every visit, finds out that there is a new one.
 */

// Other exports may lie beside this one.
const OWN = `recurrent-zoo ${self.registration.scope} `;
const NAME = OWN + VERSION;

// A page takes all its files from one export: a new one waits until no tab is
// open any more (no `skipWaiting`), and a page that was loaded from the network
// goes on with it (no `clients.claim`).
self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      // Past what the browser has: by their dates, a server may take files of
      // the older export for the newest. The runtime is large, and seldom
      // another.
      const requests = FILES.map((file) => {
        const large = file.startsWith("node_modules/");
        return new Request(file, { cache: large ? "no-cache" : "reload" });
      });
      await cache.addAll(requests);
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(OWN) && name !== NAME) await caches.delete(name);
      }
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const ours = request.url.startsWith(self.registration.scope);
  if (request.method !== "GET" || !ours) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(NAME);
      const kept = await cache.match(request, { ignoreSearch: true });
      return kept ?? fetch(request);
    })(),
  );
});
