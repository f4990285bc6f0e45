"""What has a name: built in, registered, or brought by another package."""

import json
import shutil
import warnings

import pytest

import recipes
import zoo
from zoo import cells, models, pretrained
from zoo.errors import InputError, ZooWarning
from zoo.pretrained import registry as collections
from zoo.registry import Registry

GROUP = "recurrent_zoo.tests"
BUILT_IN = {"pi": "math:pi", "never": "no_such_module:value"}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a package beside the others: a module, and its entry points."""

    def add(package, code, **entries):
        folder = tmp_path / package
        about = folder / f"{package}-1.5.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Name: {package}\nVersion: 1.5\n")
        lines = [f"{name} = {value}" for name, value in entries.items()]
        text = "\n".join([f"[{GROUP}]", *lines])
        (about / "entry_points.txt").write_text(text)
        (folder / f"{package}.py").write_text(code)
        monkeypatch.syspath_prepend(folder)

    return add


@pytest.fixture
def own(monkeypatch):
    """What is registered here is gone afterwards."""
    for package in (
        cells.registry,
        models.registry,
        recipes,
        collections,
    ):
        known = package._REGISTRY
        for table in ("_own", "_loaded"):
            monkeypatch.setattr(known, table, dict(getattr(known, table)))


def registry(**arguments):
    return Registry("number", GROUP, BUILT_IN, **arguments)


def test_names_come_without_what_they_stand_for(install):
    install("numbers_a", "1 / 0", one="numbers_a:ONE")
    known = registry()
    assert known.names() == ["pi", "never", "one"]
    assert known.get("pi") == pytest.approx(3.14, abs=0.01)


def test_what_a_package_brings(install):
    install("numbers_b", "TWO = 2", two="numbers_b:TWO", module="numbers_b")
    known = registry()
    assert known.get("two") == 2 and known.get("module").TWO == 2
    assert known.source("two") == "the package numbers_b 1.5"


@pytest.mark.parametrize(
    "code, reason",
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_"),
        ("THREE = 3", "AttributeError"),
        ("(", "SyntaxError"),
    ],
)
def test_a_package_that_cannot_be_imported_is_named(install, code, reason):
    name = f"broken_{len(reason)}"
    install(name, code, one=f"{name}:ONE")
    known = Registry("number", GROUP, {"pi": "math:pi"})
    with pytest.raises(InputError, match=reason) as error:
        known.get("one")
    whose = f"The number 'one' of the package {name} 1.5 cannot be imported"
    assert str(error.value).startswith(whose)
    # The others are there, and it is said once.
    with pytest.warns(ZooWarning, match=whose) as said:
        assert [name for name, _ in known.usable()] == ["pi"]
        assert [name for name, _ in known.usable()] == ["pi"]
    assert len(said) == 1


def test_a_thing_of_another_kind_is_named(install):
    install("numbers_c", "FOUR = 'four'", four="numbers_c:FOUR")

    def check(found):
        if not isinstance(found, (int, float)):
            raise InputError(f"A number is wanted. Received: {found!r}")
        return found

    known = registry(check=check)
    with pytest.raises(InputError, match="numbers_c 1.5 cannot be used: A num"):
        known.get("four")


def test_a_name_that_is_taken(install):
    install("numbers_d", "X = 5", pi="numbers_d:X", five="numbers_d:X")
    install("numbers_e", "X = 6", five="numbers_e:X", six="numbers_e:X")
    known = registry()
    with pytest.warns(ZooWarning) as said:
        assert known.names() == ["pi", "never", "five", "six"]
    texts = sorted(str(one.message) for one in said)
    assert texts[0].endswith(
        "is left out: the package numbers_e 1.5 has one of this name already."
    )
    assert texts[0].startswith("The number 'five' of the package numbers_d 1.5")
    assert "'pi' of the package numbers_d 1.5 is left out: recur" in texts[1]
    assert known.get("five") == 6 and known.get("pi") < 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        known.names()


def test_register():
    known = registry()
    known.register("e", "math:e")
    assert known.names()[-1] == "e" and known.get("e") < 3
    with pytest.raises(InputError, match="a number 'e' already, of `register`"):
        known.register("e", 3)
    known.register("e", 3, replace=True)
    assert known.get("e") == 3
    for replace in (False, True):
        with pytest.raises(InputError, match="'pi' already, of recurrent-zoo"):
            known.register("pi", 3, replace=replace)
    for name in ("", "E", "1e", "a-b", "a/b"):
        with pytest.raises(InputError, match="small letters"):
            known.register(name, 3)


@pytest.mark.parametrize("name", ["pie", None, ["pi"], {}, 3])
def test_an_unknown_name(name):
    with pytest.raises(InputError, match="`number` must be one of pi, never"):
        registry().get(name)


@pytest.mark.parametrize(
    "package, name, old",
    [(cells, "gru", "CELLS"), (models, "classifier", "BUILDERS")],
)
def test_the_old_names_still_work(package, name, old):
    with pytest.warns(DeprecationWarning, match=f"{old}` goes away"):
        table = getattr(package, old)
    assert list(table) == package.names() and callable(table[name])


def test_the_old_tuple_of_recipes_still_works():
    with pytest.warns(DeprecationWarning, match="`recipes.names"):
        assert recipes.RECIPES == tuple(recipes.names())


def test_a_function_wins_over_its_file():
    import zoo.models.language_model  # noqa: F401

    assert callable(models.language_model)
    assert {*models.__all__} <= {*dir(models)}
    assert {*cells.__all__} <= {*dir(cells)}


def test_the_classes_of_cells():
    found = {getattr(cells, name) for name in cells.__all__}
    assert {cells.registration(name).cell for name in cells.names()} >= found
    for name in cells.names():
        assert cells.name_of(cells.get(name, 3)) == name
    assert cells.name_of(object()) is None


def small(vocabulary_size: int, classes: "int" = 2, units: int = 3):
    return models.classifier(
        vocabulary_size, classes, units=units, embedding_size=2
    )


def test_a_model_of_ones_own(own):
    models.register("small_one", small)
    assert "small_one" in models.names()
    assert models.task("small_one") == "classifier"
    built = models.build("small_one", {"vocabulary_size": 9})
    assert built.output["logits"].shape == (None, 2)
    described = models.described("small_one", {"vocabulary_size": 9})
    assert described.logits == (None, 2)
    with pytest.raises(InputError, match="`classes` of small_one must be of"):
        models.build("small_one", {"vocabulary_size": 9, "classes": 2.5})
    with pytest.raises(InputError, match="Did you mean 'translator'"):
        models.register("small_two", small, task="translater")
    models.register("small_three", lambda size: None)
    with pytest.raises(InputError, match="`size` must be annotated"):
        models.get("small_three")


def test_a_recipe_lacks_a_part(own):
    recipes.register("half_a_recipe", json)
    with pytest.raises(InputError, match="; not Config"):
        recipes.get("half_a_recipe")


def test_what_is_no_cell(own):
    cells.register("no_cell", "json:dumps")
    with pytest.raises(InputError, match="must be a class with `call`"):
        cells.get("no_cell", 3)


def test_a_cell_without_the_option_of_biases(own):
    import keras

    class Plain(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)

        def call(self, inputs, states, training=None):
            return inputs, states

    zoo.cells.register("plain", Plain)
    assert isinstance(cells.get("plain", 3, use_bias=True), Plain)
    with pytest.raises(InputError, match="'plain' has no `use_bias`"):
        cells.get("plain", 3, use_bias=False)


def test_a_collection_of_pretrained_models(own, tmp_path):
    shipped = pretrained.names()
    for name in ("mine", shipped[0]):
        shutil.copytree(collections.SHIPPED / shipped[0], tmp_path / name)
    pretrained.register("ours", tmp_path)
    with pytest.warns(ZooWarning, match="`register` is left out: there is one"):
        assert pretrained.names() == sorted([*shipped, "mine"])
    with pytest.warns(ZooWarning):
        assert zoo.load("mine").folder == tmp_path / "mine"
    with pytest.raises(InputError, match="There is no folder"):
        pretrained.register("others", tmp_path / "others")
