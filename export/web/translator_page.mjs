/** A translation, while you type, and where the model looked for it. */

import {
  element,
  examples,
  hideProblem,
  show,
  start,
  whenTyped,
} from "./page.mjs";

const SPACE = "\u2581";

start((model) => {
  const field = element("source");
  let latest = 0;

  async function changed() {
    latest += 1;
    const mine = latest;
    try {
      const answer = await model.translate(field.value);
      if (mine !== latest) return;
      element("target").textContent = answer.text;
      const any = answer.attention !== null;
      element("attention-card").hidden = !any;
      if (any) showAttention(answer);
      hideProblem();
    } catch (error) {
      if (mine === latest) show(error);
    }
  }

  examples(model.about.examples, field, changed);
  whenTyped(field, changed);
  field.disabled = false;
  field.value ||= model.about.examples[0] ?? "";
  return changed();
});

/** A table with a row for each unit of the target, a column for the source. */
function showAttention({ source, target, attention }) {
  const head = document.createElement("tr");
  head.append(cell("td", ""), ...source.map((unit) => title("col", unit)));
  const rows = target.map((unit, at) => {
    const row = document.createElement("tr");
    row.append(title("row", unit));
    attention[at].forEach((weight, place) => {
      const one = cell("td", "");
      const said = `${named(unit)} looked at ${named(source[place])}: `;
      one.title = said + `${Math.round(100 * weight)} %`;
      one.style.setProperty("--strength", weight);
      row.append(one);
    });
    return row;
  });
  element("attention").replaceChildren(head, ...rows);
}

function title(scope, unit) {
  const one = cell("th", "");
  one.scope = scope;
  const text = document.createElement("span");
  text.textContent = named(unit);
  one.append(text);
  return one;
}

function cell(kind, text) {
  const one = document.createElement(kind);
  one.textContent = text;
  return one;
}

/** A unit as people read it; the last one of a target has no text. */
function named(unit) {
  if (unit === "") return "end";
  return unit === SPACE ? "␣" : unit.replaceAll(SPACE, "␣");
}
