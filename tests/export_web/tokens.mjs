// What the tokenizers of a folder make of texts: ids, and texts again.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { folder, cases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { tokenizer } = await import(pathToFileURL(`${folder}/zoo.mjs`).href);
const answers = [];
for (const { kind, content, texts } of cases) {
  const made = await tokenizer(kind, content);
  const ids = texts.map((text) => Array.from(made.encode(text)));
  const written = ids.map((row) => {
    const decode = made.decoder();
    return row.map((id) => decode(id)).join("");
  });
  const decoded = made.decode ? ids.map((row) => made.decode(row)) : null;
  answers.push({ ids, written, decoded });
}
writeFileSync(process.argv[3], JSON.stringify(answers));
