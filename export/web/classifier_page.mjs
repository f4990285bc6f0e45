/** A classifier, while you type, and the words that its answer hangs on. */

import {
  element,
  examples,
  hideProblem,
  show,
  start,
  whenTyped,
} from "./page.mjs";

// Variants of a text that are read at once, and the most words that are left
// out one by one.
const AT_ONCE = 8;
const MOST_WORDS = 400;
// By this much of the logarithm of the odds, a colour is at its full strength,
// unless a word is stronger.
const STRONG = 1.5;

start((model) => {
  const field = element("text");
  const { labels, examples: texts } = model.about;
  // Of two classes the second one, as of `negative` and `positive`.
  const fixed = labels.length === 2 ? labels[1] : null;
  let latest = 0;

  async function changed() {
    latest += 1;
    const mine = latest;
    try {
      const [answer] = await model.classify([field.value]);
      if (mine !== latest) return;
      hideProblem();
      showAnswer(answer, field.value.trim() !== "");
      const label = fixed ?? answer.label;
      element("reference").textContent = label;
      const words = showWords(field.value);
      element("legend").hidden = !words.length;
      await colour(words, label, answer, () => mine !== latest);
    } catch (error) {
      if (mine === latest) show(error);
    }
  }

  async function colour(words, label, whole, stale) {
    const weights = [];
    for (let at = 0; at < words.length; at += AT_ONCE) {
      const some = words.slice(at, at + AT_ONCE);
      const answers = await model.classify(some.map((word) => word.without));
      if (stale()) return;
      const odds = logOdds(whole, labels.indexOf(label));
      for (const answer of answers) {
        weights.push(odds - logOdds(answer, labels.indexOf(label)));
      }
      paint(words, weights);
      // Let the page react to what is typed meanwhile.
      await new Promise((resume) => setTimeout(resume));
    }
  }

  examples(texts, field, changed);
  whenTyped(field, changed);
  field.disabled = false;
  field.value ||= texts[0] ?? "";
  return changed();
});

function showAnswer({ label, probabilities }, any) {
  const share = (p) => `${(100 * p).toFixed(p > 0.995 || p < 0.005 ? 1 : 0)} %`;
  element("answer").textContent = any
    ? `${label}, ${share(probabilities[label])}`
    : "Answer";
  const rows = Object.entries(probabilities).map(([name, p]) => {
    const row = document.createElement("div");
    row.className = name === label && any ? "bar best" : "bar";
    const title = document.createElement("span");
    title.textContent = name;
    const meter = document.createElement("div");
    meter.className = "meter";
    meter.style.setProperty("--share", any ? p : 0);
    const value = document.createElement("span");
    value.textContent = any ? share(p) : "";
    row.append(title, meter, value);
    return row;
  });
  element("bars").replaceChildren(...rows);
}

/**
 * Shows a text word by word; Han characters, which have no spaces, one by one.
 *
 * @returns {object[]} For each of the first words its `mark` in the page, and
 *   the text `without` it.
 */
function showWords(text) {
  const parts = text.split(/(\s+|\p{Script=Han})/u).filter(Boolean);
  const words = [];
  const shown = parts.map((part, at) => {
    if (!part.trim() || words.length === MOST_WORDS) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    const without = parts.toSpliced(at, 1).join("");
    words.push({ mark, without });
    return mark;
  });
  element("words").replaceChildren(...shown);
  return words;
}

function paint(words, weights) {
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), STRONG);
  weights.forEach((weight, at) => {
    const { mark } = words[at];
    mark.className = weight > 0 ? "for" : "against";
    mark.style.setProperty("--strength", Math.abs(weight) / most);
    mark.title = `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(2)}`;
  });
}

/** Logarithm of the odds of a class against all others. */
function logOdds({ logits }, place) {
  const others = logits.filter((_, at) => at !== place);
  const most = Math.max(...others);
  const sum = others.reduce((total, z) => total + Math.exp(z - most), 0);
  return logits[place] - most - Math.log(sum);
}
