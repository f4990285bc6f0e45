/**
 * SentencePiece's subwords, from a Hugging Face `tokenizer.json`.
 *
 * @huggingface/tokenizers cuts a text into units. It does not read the table by
 * which SentencePiece normalises a text before that, and puts a rule of its own
 * in its place; so that part stands here.
 */

import { wellFormed } from "./tokenizers.mjs";

const LIBRARY =
  "./node_modules/@huggingface/tokenizers/dist/tokenizers.min.mjs";
const [PADDING, UNKNOWN, START, END] = [0, 1, 2, 3];
const SPACE = "\u2581";

/** @param {object} content What a `tokenizer.json` holds. */
export async function subwordTokenizer(content) {
  const { Tokenizer } = await import(LIBRARY);
  return new SubwordTokenizer(content, Tokenizer);
}

class SubwordTokenizer {
  constructor(content, Tokenizer) {
    const { normalizer, model } = content;
    const table = normalizer?.normalizers.find(
      (one) => one.type === "Precompiled",
    );
    this.replace = table ? replacer(table.precompiled_charsmap) : Array.from;
    this.library = new Tokenizer(
      { ...content, normalizer: null, pre_tokenizer: null },
      {},
    );
    if (Array.isArray(model.vocab)) {
      this.pieces = model.vocab.map(([piece]) => piece);
    } else {
      this.pieces = [];
      for (const piece in model.vocab) this.pieces[model.vocab[piece]] = piece;
    }
  }

  encode(text) {
    const normalised = this.normalise(text);
    if (!normalised) return [];
    return this.library.encode(normalised, { add_special_tokens: false }).ids;
  }

  /** One space before each word and none at the end, all written as U+2581. */
  normalise(text) {
    let result = SPACE;
    let behindSpace = true;
    for (let part of this.replace(wellFormed(text))) {
      if (behindSpace) part = part.replace(/^ +/, "");
      if (!part) continue;
      behindSpace = part.endsWith(" ");
      result += part.replaceAll(" ", SPACE);
    }
    let end = result.length;
    while (result[end - 1] === SPACE) end -= 1;
    return result.slice(0, end);
  }

  /** The text of a translation; an unknown character becomes U+2047. */
  decode(ids) {
    let text = "";
    for (const id of ids) {
      if (id === PADDING || id === START || id === END) continue;
      let piece = id === UNKNOWN ? " \u2047 " : this.pieces[id];
      if (!text && id !== UNKNOWN && piece.startsWith(SPACE)) {
        piece = piece.slice(SPACE.length);
      }
      text += piece.replaceAll(SPACE, " ");
    }
    return text;
  }

  /** What each id adds to the text of a language model. */
  decoder() {
    const special = ["\n", "\ufffd", "", ""];
    return (id) => special[id] ?? this.pieces[id].replaceAll(SPACE, " ");
  }
}

/**
 * What SentencePiece's table makes of a text, part by part.
 *
 * The table is a trie of what is replaced, then what it is replaced by. A unit
 * of the trie holds the byte that leads to it, the distance to its successors
 * and whether an answer stands there.
 *
 * Reference: darts.h of https://github.com/s-yata/darts-clone
 */
function replacer(charsmap) {
  const bytes = Uint8Array.from(atob(charsmap), (one) => one.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  const unit = (place) => view.getUint32(4 + 4 * place, true);
  const offset = (one) => (one >>> 10) << ((one & 0x200) >>> 6);
  const texts = bytes.subarray(4 + size);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The longest replacement from a place on: its text, and bytes taken. */
  function longest(content, begin) {
    let found = null;
    let place = offset(unit(0));
    for (let at = begin; at < content.length; at += 1) {
      place ^= content[at];
      const here = unit(place);
      if ((here & 0x800000ff) !== content[at]) break;
      place ^= offset(here);
      if (here & 0x100) {
        found = [unit(place) & 0x7fffffff, at + 1 - begin];
      }
    }
    return found;
  }

  return function* parts(text) {
    const content = new TextEncoder().encode(text);
    for (let at = 0; at < content.length; ) {
      const found = longest(content, at);
      if (found) {
        const [begin, taken] = found;
        yield decoder.decode(texts.subarray(begin, texts.indexOf(0, begin)));
        at += taken;
      } else {
        // One character, which has as many bytes as its first one says.
        const first = content[at];
        const width = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        yield decoder.decode(content.subarray(at, at + width));
        at += width;
      }
    }
  };
}
