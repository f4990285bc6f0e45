/** A text, written live. */

import { element, examples, hideProblem, show, start } from "./page.mjs";

// Tokens of one text, and of them, how many are written before the page may
// react to a click.
const LENGTH = 2000;
const BREATH = 12;
// To read along: milliseconds for each character.
const PAUSE = 16;

start((model) => {
  const form = element("form");
  const field = element("prompt");
  const temperature = element("temperature");
  const shown = element("temperature-value");
  let writing = null;

  async function write() {
    writing?.abort();
    const mine = new AbortController();
    writing = mine;
    element("stop").disabled = false;
    const { node, follow } = page(field.value);
    const begun = performance.now();
    let tokens = 0;
    let characters = 0;
    try {
      const options = {
        length: LENGTH,
        temperature: Number(temperature.value),
        seed: Number(element("seed").value),
        signal: mine.signal,
      };
      for await (const piece of model.generate(field.value, options)) {
        if (mine.signal.aborted) break;
        node.appendData(piece);
        tokens += 1;
        const length = [...piece].length;
        characters += length;
        const reading = element("pace").value === "1";
        if (reading || tokens % BREATH === 0) {
          follow();
          await pause(reading ? PAUSE * length : 0);
        }
      }
      follow();
      if (writing === mine) hideProblem();
    } catch (error) {
      if (writing === mine) show(error);
    }
    if (writing !== mine) return;
    element("stop").disabled = true;
    const seconds = (performance.now() - begun) / 1000;
    element("rate").textContent =
      `${characters.toLocaleString("en")} characters in ${seconds.toFixed(1)} s`;
  }

  /** Empties the page, and shows the prompt on it. */
  function page(prompt) {
    const written = element("written");
    const begin = document.createElement("b");
    begin.textContent = prompt;
    const node = document.createTextNode("");
    written.replaceChildren(begin, node);
    element("rate").textContent = "";
    return {
      node,
      follow() {
        written.scrollTop = written.scrollHeight;
      },
    };
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write();
  });
  element("stop").addEventListener("click", () => writing?.abort());
  const said = () => {
    shown.textContent = Number(temperature.value).toFixed(2);
  };
  temperature.addEventListener("input", said);
  said();
  examples(model.about.examples, field, write);
  field.disabled = false;
  field.value ||= model.about.examples[0] ?? "";
  element("write").disabled = false;
});

const pause = (milliseconds) =>
  new Promise((resume) => setTimeout(resume, milliseconds));
