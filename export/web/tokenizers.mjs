/**
 * Texts as numbers: words, characters and bytes, as Python's `zoo.text` has
 * them. Subwords stand in subwords.mjs.
 *
 * Each tokenizer has `encode(text)`, an array of ids, and `decoder()`, a
 * function of one id to the text that is complete with it.
 */

const PADDING = 0;
const UNKNOWN = 1;
const FIRST_KNOWN = 2;
const FIRST_BYTE = 1;
const REPLACEMENT = "\ufffd";

/** Half of a pair of surrogates becomes a question mark, as in Python. */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, "?");
}

/** Words by the rules that a JSON file holds. */
export class WordTokenizer {
  /**
   * @param {object} content `changes`, what is changed in a text one after the
   *   other; `vocabulary`, the words in the form that comes of it; `pieces`,
   *   what each id adds to a text.
   */
  constructor({ changes, vocabulary, pieces = [] }) {
    this.changes = changes.map(([kind, ...how]) => CHANGES[kind](...how));
    this.ids = new Map(vocabulary.map((word, at) => [word, at + FIRST_KNOWN]));
    this.pieces = pieces;
  }

  split(text) {
    let changed = wellFormed(text);
    for (const change of this.changes) changed = change(changed);
    return changed.split(" ").filter(Boolean);
  }

  encode(text) {
    return this.split(text).map((word) => this.ids.get(word) ?? UNKNOWN);
  }

  decoder() {
    return (id) => this.pieces[id];
  }
}

const CHANGES = {
  pattern(pattern, becomes) {
    const found = new RegExp(pattern, "gu");
    return (text) => text.replace(found, becomes);
  },

  // The syllables of Korean are taken apart by a rule, all else by a table.
  table(entries) {
    const table = new Map(Object.entries(entries));
    const changed = (one) =>
      table.get(one) ??
      (one >= "\uac00" && one <= "\ud7a3" ? one.normalize("NFD") : one);
    return (text) => Array.from(text, changed).join("");
  },

  // Tables of Python, for a browser may know another version of Unicode. A
  // capital sigma has another small letter at the end of a word.
  lower({ capitals, cased, ignorable }) {
    const table = new Map(Object.entries(capitals));
    const last = new RegExp(
      `(?<=[${cased}][${ignorable}]*)\u03a3(?![${ignorable}]*[${cased}])`,
      "gu",
    );
    return (text) =>
      Array.from(
        text.replace(last, "\u03c2"),
        (one) => table.get(one) ?? one,
      ).join("");
  },
};

/** Characters, which are code points. */
export class CharacterTokenizer {
  /**
   * @param {object} content `vocabulary`, the characters; `ids`, by character,
   *   where several have the same.
   */
  constructor({ vocabulary, ids }) {
    this.pieces = ["", REPLACEMENT, ...vocabulary];
    this.ids = ids
      ? new Map(Object.entries(ids))
      : new Map(vocabulary.map((one, at) => [one, at + FIRST_KNOWN]));
  }

  encode(text) {
    return Array.from(text, (one) => this.ids.get(one) ?? UNKNOWN);
  }

  decoder() {
    return (id) => this.pieces[id];
  }
}

/** The bytes of UTF-8. */
export class ByteTokenizer {
  encode(text) {
    const bytes = new TextEncoder().encode(wellFormed(text));
    return Array.from(bytes, (one) => one + FIRST_BYTE);
  }

  decoder() {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    return (id) =>
      id === PADDING
        ? ""
        : decoder.decode(Uint8Array.of(id - FIRST_BYTE), { stream: true });
  }
}
