/**
 * Keeps the files of this folder, so that the page works without a network.
 *
 * files.js says which ones, and by which name they are kept; with another
 * export it is another name.
 */

importScripts("files.js");

const { VERSION, FILES } = self.KEPT;
// Other exports may lie beside this one.
const OWN = `recurrent-zoo ${self.registration.scope} `;
const NAME = OWN + VERSION;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      // Asked for again, lest an older copy be kept.
      const requests = FILES.map(
        (file) => new Request(file, { cache: "no-cache" }),
      );
      await cache.addAll(requests);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(OWN) && name !== NAME) await caches.delete(name);
      }
      await self.clients.claim();
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
