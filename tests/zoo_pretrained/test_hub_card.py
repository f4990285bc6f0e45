"""The page of a model on the hub."""

import dataclasses

import pytest

from zoo.pretrained.hub_card import hub_page

ModelCard = pytest.importorskip("huggingface_hub").ModelCard


@pytest.mark.parametrize(
    "name, licence, said",
    [
        ("none stated; derived from", "unknown", "none stated"),
        ("CC BY 2.0; attribution", "cc-by-2.0", "CC BY 2.0"),
        ("Unicode License v3", "other", "Unicode License v3"),
    ],
)
def test_the_page_on_the_hub(loaded, name, licence, said):
    trained = loaded["dates_gru_base"]
    about = {
        **trained.about,
        "data": {"name": "sentences", "licence": name},
        "scores": {"pair": "en-de", "bleu": 41.5, "chrf": True},
    }
    trained = dataclasses.replace(trained, about=about)
    page = ModelCard(hub_page("hf://me/x", trained))
    known, text = page.data, page.text
    assert known.license == licence
    assert (known.license_name is not None) == (licence == "other")
    assert known.library_name == "recurrent-zoo"
    assert known.pipeline_tag == "translation"
    assert known.language == ["en", "de"]
    assert {"recurrent-zoo", "keras", "gru"} <= set(known.tags)
    (result,) = known.eval_results
    assert known.metrics == [result.metric_type] == ["bleu"]
    assert (result.metric_value, result.dataset_split) == (41.5, "test")
    assert result.dataset_name == result.dataset_type == "sentences"
    assert known.model_name == "x"
    assert f"| terms of the data | {said}" in text
    assert 'zoo.load("hf://me/x")' in text


def test_the_page_on_the_hub_without_scores(loaded):
    trained = loaded["dates_gru_base"]
    page = hub_page("hf://me/x", dataclasses.replace(trained, about={}))
    known = ModelCard(page).data
    assert not known.metrics and not known.eval_results
    assert known.license == "unknown"


def test_the_page_on_the_hub_names_its_data_set(loaded):
    trained = loaded["dates_gru_base"]
    data = {"name": "Multi30k, task 1 (Elliott et al., 2016 and 2017)"}
    about = {"data": data, "scores": {"bleu": 41.5}}
    page = hub_page("hf://me/x", dataclasses.replace(trained, about=about))
    assert ModelCard(page).data.datasets == ["bentrevett/multi30k"]
    assert "type: bentrevett/multi30k" in page
