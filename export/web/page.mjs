/** What all pages do: load the model, say what happens, work offline. */

import { load } from "./zoo.mjs";

const RUNTIME = "./node_modules/onnxruntime-web/dist/";

/** The element with an id. */
export const element = (id) => document.getElementById(id);

/**
 * Loads the model and hands it over; what goes wrong is shown.
 *
 * @param {(model: object) => unknown} begin What the page does with it.
 */
export async function start(begin) {
  addEventListener("unhandledrejection", ({ reason }) => show(reason));
  const offline = prepareOffline();
  try {
    const model = await load(await runtime());
    const { name, purpose } = model.about;
    if (name) element("name").textContent = document.title = name;
    if (purpose) element("purpose").textContent = purpose;
    say("Ready. What you type stays in this page.");
    await begin(model);
    if (await offline) {
      say("Ready, also offline. What you type stays in this page.");
    }
  } catch (error) {
    say("The model is not loaded.");
    show(error);
  }
}

/** Shows what went wrong, until something goes well. */
export function show(error) {
  const problem = element("problem");
  problem.textContent = error?.message || String(error);
  problem.hidden = false;
}

/** Hides what went wrong before. */
export function hideProblem() {
  element("problem").hidden = true;
}

/** Buttons that put an example into a field. */
export function examples(texts, field, changed) {
  const buttons = texts.map((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text.trim();
    button.addEventListener("click", () => {
      field.value = text;
      changed();
    });
    return button;
  });
  element("examples").replaceChildren(...buttons);
}

/** Waits until a text field was left alone for a moment. */
export function whenTyped(field, changed, milliseconds = 120) {
  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, milliseconds);
  });
}

async function runtime() {
  let ort;
  try {
    ort = await import(`${RUNTIME}ort.wasm.min.mjs`);
  } catch (error) {
    throw new Error(
      "ONNX Runtime cannot be loaded. Run `npm install` in the folder of this " +
        "page, and see in README.md what its server must do.",
      { cause: error },
    );
  }
  ort.env.wasm.wasmPaths = new URL(RUNTIME, import.meta.url).href;
  // More need headers that few servers send.
  ort.env.wasm.numThreads = 1;
  return ort;
}

/** Whether all files are kept for when there is no network. */
async function prepareOffline() {
  // A browser has it on https and on localhost alone.
  if (!navigator.serviceWorker) return false;
  try {
    // The browser asks the server for it, whatever it has.
    const fresh = { updateViaCache: "none" };
    await navigator.serviceWorker.register("sw.js", fresh);
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    // Private windows may forbid it; the page works all the same.
    return false;
  }
}

function say(text) {
  element("status").textContent = text;
}
