"""What mypy must say of code that uses the library; see [tool.mypy].

It is checked, never run. An error that does not come makes its `type: ignore`
one that is not used, and that is an error too.
"""

import zoo
from zoo.tasks import LanguageModel, TextClassifier, Translator, require


def use(source: str) -> None:
    task = zoo.load(source)
    if isinstance(task, TextClassifier):
        print(task.predict(["a film"])[0]["label"])
    print(zoo.load(source, engine="onnx").predict(["a film"])[0]["label"])
    writer = require(task, LanguageModel)
    print(writer.generate("ROMEO:", length=10).upper())
    translator = require(task, Translator)
    print(translator.translate(["Ein Hund"])[0].upper())
    stream = zoo.stream(source)
    stream.feed("ROMEO:")
    # A task has no methods of another one, and none that does not exist.
    writer.translate(["Ein Hund"])  # type: ignore[attr-defined]
    translator.generate()  # type: ignore[attr-defined]
    task.guess  # type: ignore[union-attr]  # noqa: B018
