/** ONNX files, opened and run; the files of this folder, read. */

/** An ONNX file that runs once at a time, and takes rows of ids as arrays. */
export class Session {
  /**
   * @param {object} ort The module of ONNX Runtime.
   * @param {Uint8Array} content What the file holds.
   */
  static async open(ort, content) {
    const session = await ort.InferenceSession.create(content);
    return new Session(ort, session);
  }

  constructor(ort, session) {
    Object.assign(this, { ort, session, before: Promise.resolve() });
  }

  run(inputs) {
    const feeds = {};
    for (const [name, value] of Object.entries(inputs)) {
      feeds[name] = Array.isArray(value) ? this.ids(value) : value;
    }
    const answer = this.before.then(() => this.session.run(feeds));
    this.before = answer.catch(() => {});
    return answer;
  }

  /** Rows of ids as a tensor, zeros behind the shorter ones. */
  ids(rows) {
    const width = rows.reduce((most, row) => Math.max(most, row.length), 1);
    const data = new Int32Array(rows.length * width);
    rows.forEach((row, at) => data.set(row, at * width));
    return new this.ort.Tensor("int32", data, [rows.length, width]);
  }

  zeros(shape) {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return new this.ort.Tensor("float32", new Float32Array(size), shape);
  }
}

/** What comes out as `next_state_0` goes in as `state_0`. */
export function following(answer) {
  const states = {};
  for (const [name, value] of Object.entries(answer)) {
    if (name.startsWith("next_")) states[name.slice("next_".length)] = value;
  }
  return states;
}

/** What a file beside this one holds. */
export async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) {
    throw new Error(`${name} cannot be read: ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
