/**
 * A model of recurrent-zoo in a browser, or in Node, by ONNX Runtime.
 *
 *     import * as ort from
 *       "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";
 *     import { load } from "./zoo.mjs";
 *
 *     const model = await load(ort);
 *
 * What comes of it has one method, by the kind of the model: `classify`,
 * `generate` or `translate`.
 */

import { Session, fetched, following } from "./sessions.mjs";
import {
  ByteTokenizer,
  CharacterTokenizer,
  WordTokenizer,
} from "./tokenizers.mjs";

const [UNKNOWN, START, END] = [1, 2, 3];
const LONGEST_SOURCE = 2000;

/**
 * Opens the model that lies beside this file.
 *
 * @param {object} ort The module of onnxruntime-web or onnxruntime-node.
 * @param {(name: string) => Promise<Uint8Array>} read What a file of this
 *   folder holds; by default it is fetched.
 * @returns {Promise<Classifier | LanguageModel | Translator>}
 */
export async function load(ort, read = fetched) {
  const json = async (name) =>
    JSON.parse(new TextDecoder().decode(await read(name)));
  const about = await json("model.json");
  const sides = await Promise.all(
    about.tokenizers.map(async ({ kind, file }) =>
      tokenizer(kind, await json(file)),
    ),
  );
  const sessions = {};
  for (const [name, file] of Object.entries(about.models)) {
    sessions[name] = await Session.open(ort, await read(file));
  }
  return new KINDS[about.kind](about, sessions, sides);
}

/** A tokenizer of its `kind` in the manifest, and of what its file holds. */
export async function tokenizer(kind, content) {
  switch (kind) {
    case "words":
      return new WordTokenizer(content);
    case "characters":
      return new CharacterTokenizer(content);
    case "bytes":
      return new ByteTokenizer();
    default:
      return (await import("./subwords.mjs")).subwordTokenizer(content);
  }
}

/** Says which class a text belongs to. */
export class Classifier {
  constructor(about, { model }, [tokenizer]) {
    Object.assign(this, { about, model, tokenizer });
  }

  /**
   * @param {string[]} texts
   * @returns {Promise<object[]>} For each text its `label`, the `probability`
   *   of that, `probabilities` by label, and the `logits`.
   */
  async classify(texts) {
    if (!texts.length) return [];
    const rows = texts.map((text) => this.tokenizer.encode(text));
    const { logits } = await this.model.run({ token_ids: rows });
    const { labels } = this.about;
    return texts.map((_, row) => {
      const z = logits.data.subarray(
        row * labels.length,
        (row + 1) * labels.length,
      );
      const p = softmax(z);
      const best = highest(z);
      return {
        label: labels[best],
        probability: p[best],
        probabilities: Object.fromEntries(labels.map((one, c) => [one, p[c]])),
        logits: Array.from(z),
      };
    });
  }
}

/** Writes a text, token by token. */
export class LanguageModel {
  constructor(about, { step }, [tokenizer]) {
    Object.assign(this, { about, step, tokenizer });
  }

  /**
   * What the model writes behind a text, as it is written.
   *
   *     for await (const piece of model.generate("ROMEO:")) show(piece);
   *
   * @param {string} prompt What the text begins with; it is not repeated.
   * @param {object} options `length`, the number of tokens; `temperature`, 0
   *   for the most probable token every time; `seed` of the draws, which are
   *   not those of Python; `signal`, of an `AbortController`, to stop.
   * @yields {string} The text that is complete with the next token.
   */
  async *generate(
    prompt = "",
    { length = 300, temperature = 1, seed = 0, signal } = {},
  ) {
    const { opening, text_start, banned } = this.about;
    const read = prompt ? this.tokenizer.encode(prompt) : [];
    const ids = text_start || !read.length ? [...opening, ...read] : read;
    const random = generator(seed);
    const decode = this.tokenizer.decoder();
    let states = this.zeros();
    let logits;
    const end = ids.length + length;
    for (let at = 0; at < end - 1 && !signal?.aborted; at += 1) {
      ({ logits, states } = await this.next(ids[at], states));
      if (at < ids.length - 1) continue;
      const scores = Float64Array.from(logits);
      for (const id of banned) scores[id] = -Infinity;
      if (temperature > 0) {
        scores.forEach((z, id) => {
          // Gumbel noise: the highest sum is a draw from the softmax.
          scores[id] = z / temperature - Math.log(-Math.log(random()));
        });
      }
      ids.push(highest(scores));
      const piece = decode(ids.at(-1));
      if (piece) yield piece;
    }
  }

  /** The states before the first token. */
  zeros() {
    const states = {};
    for (const [name, axes] of Object.entries(this.about.step.inputs)) {
      if (name !== "token_ids") states[name] = this.step.zeros([1, axes[1]]);
    }
    return states;
  }

  /** The logits behind one more token, and the states. */
  async next(id, states) {
    const answer = await this.step.run({ token_ids: [[id]], ...states });
    return { logits: answer.logits.data, states: following(answer) };
  }
}

/** Translates a text, the most probable unit every time. */
export class Translator {
  constructor(about, { encoder, step }, sides) {
    Object.assign(this, { about, encoder, step });
    this.source = sides[0];
    this.target = sides.at(-1);
  }

  /**
   * @param {string} text One sentence.
   * @returns {Promise<object>} The `text`; `source` and `target`, the units of
   *   either side; `attention`, for each unit of the target how much it looked
   *   at each one of the source, or `null` where the model has none.
   */
  async translate(text) {
    const ids = this.source.encode(text);
    if (ids.length > LONGEST_SOURCE) {
      throw new RangeError(
        `A sentence may have ${LONGEST_SOURCE} units, this one has ` +
          `${ids.length}. Translate its sentences one by one.`,
      );
    }
    const written = [];
    const rows = [];
    if (ids.length) {
      let values = await this.encoder.run({ source_ids: [ids] });
      const longest = 3 * ids.length + 30;
      let token = START;
      while (token !== END && written.length < longest) {
        const given = Object.keys(this.about.step.inputs).filter(
          (name) => name in values,
        );
        const answer = await this.step.run({
          target_ids: [[token]],
          ...Object.fromEntries(given.map((name) => [name, values[name]])),
        });
        const scores = answer.logits.data;
        scores.fill(-Infinity, 0, END);
        token = highest(scores);
        written.push(token);
        if (answer.attention) rows.push(Array.from(answer.attention.data));
        values = { ...values, ...following(answer) };
      }
    }
    const unit = (side) => (id) =>
      id === UNKNOWN ? "\u2047" : id === END ? "" : side.pieces[id];
    return {
      text: this.target.decode(written),
      source: ids.map(unit(this.source)),
      target: written.map(unit(this.target)),
      attention: rows.length ? rows : null,
    };
  }
}

const KINDS = {
  classifier: Classifier,
  language_model: LanguageModel,
  translator: Translator,
};

/** The place of the highest number; of equal ones, the first. */
function highest(numbers) {
  let best = 0;
  numbers.forEach((one, at) => {
    if (one > numbers[best]) best = at;
  });
  return best;
}

function softmax(logits) {
  const most = Math.max(...logits);
  const e = Array.from(logits, (z) => Math.exp(z - most));
  const sum = e.reduce((a, b) => a + b);
  return e.map((one) => one / sum);
}

/**
 * Numbers between 0 and 1, both excluded, the same for the same seed.
 *
 * Reference: Marsaglia, Xorshift RNGs, 2003 (13, 17, 5)
 */
function generator(seed) {
  // Not 0, from where it never comes away.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  // The first ones of neighbouring seeds are alike.
  for (let round = 0; round < 16; round += 1) next();
  return next;
}
