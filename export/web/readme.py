"""What stands beside the page: how to serve it, and how to use zoo.mjs."""

from zoo.tasks import LanguageModel, Task, TextClassifier

_TEXT = """# {name} in a browser

    npm install
    python -m http.server

Then open http://localhost:8000. The model runs in the page; no text leaves it.

## What a server must do

Send this folder, and of `node_modules` these files:

{files}

- `.mjs` as `text/javascript` and `.wasm` as `application/wasm`. Python's
  `http.server` does. For nginx add `text/javascript mjs;` to its `mime.types`,
  for Apache the line `AddType text/javascript .mjs`.
- No other headers. One thread is used, so none of COOP and COEP is needed.
- https, or localhost, for the page to work without a network: then sw.js keeps
  all files when they were loaded once.
- On GitHub Pages, lie at the root of the site: only there `.nojekyll` counts,
  without which `node_modules` is left out.
- With a Content-Security-Policy of its own: `script-src 'self'
  'wasm-unsafe-eval'`.

A browser that has kept an export looks for a new one at each visit, and loads
it meanwhile. It is used from the first visit after all tabs of the page were
closed; until then every tab goes on with the old one, with all of its files.

## In a page of your own

```js
import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";
import {{ load }} from "./zoo.mjs";

ort.env.wasm.wasmPaths =
  new URL("./node_modules/onnxruntime-web/dist/", import.meta.url).href;
ort.env.wasm.numThreads = 1;
const model = await load(ort);
{usage}
```

The runtime may also come from a CDN, with the version of package.json; the page
then needs a network the first time, and another Content-Security-Policy.
"""
_CLASSIFY = """const [answer] = await model.classify(["a quiet, moving film"]);
console.log(answer.label, answer.probability);"""
_GENERATE = """const options = { length: 300, temperature: 0.7, seed: 1 };
for await (const piece of model.generate("The ", options)) {
  document.body.append(piece);
}"""
_TRANSLATE = """const answer = await model.translate("...");
console.log(answer.text, answer.source, answer.target, answer.attention);"""


def text(trained: Task, runtime: list[str]) -> str:
    """README.md of the folder.

    Args:
        trained: the model.
        runtime: what the page loads of `node_modules`.
    """
    if isinstance(trained, TextClassifier):
        usage = _CLASSIFY
    else:
        generates = isinstance(trained, LanguageModel)
        usage = _GENERATE if generates else _TRANSLATE
    return _TEXT.format(
        name=trained.name or "A model",
        files="\n".join(f"    {name}" for name in runtime),
        usage=usage,
    )
