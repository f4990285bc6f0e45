"""Multi30k, task 1: captions of pictures in English, German and French."""

import functools
import gzip

from recipes.datasets.tfds import manual_copies, verified

LANGUAGES = ("en", "de", "fr")
DATA = {
    "name": "Multi30k, task 1 (Elliott et al., 2016 and 2017)",
    "licence": "none stated; derived from Flickr30K, whose pictures are for "
    "non-commercial research and education only",
}
# The zoo's names of the splits, and those of the files.
SPLITS = {
    "train": "train",
    "validation": "val",
    "test": "test_2016_flickr",
    "test_2017_flickr": "test_2017_flickr",
    "test_2017_mscoco": "test_2017_mscoco",
}
_URL = "https://github.com/multi30k/dataset/raw/master/data/task1/raw/"
_SHA256 = {
    "test_2016_flickr.de": "9204244e408ccb38d2a55cfcd344df15"
    "005fc42a07a6e55ca6c52b6ababb8cc8",
    "test_2016_flickr.en": "611d361c6334bc7246101d48097c13cf"
    "5c4413c5befc793cc629934359d532d9",
    "test_2016_flickr.fr": "6d326e188d259fb1d04ac19eae3af956"
    "559b3a0b93d7635e56c90987c40c8b90",
    "test_2017_flickr.de": "a2c89666db00c495cd8513b9d708d5a3"
    "acc205d7de312ef2bf5fb7ebc1540aee",
    "test_2017_flickr.en": "76a444ee25172e72695cddb13ae4a3bd"
    "a59430617be88e0bb46b60504f054074",
    "test_2017_flickr.fr": "3ba671ceb2299f3304ffafefea7a833d"
    "08632fbaf0ba18546f8a2ec2391af496",
    "test_2017_mscoco.de": "799e4854c25d601cb6cb6be29eabe566"
    "7734c61ace2f495e03e429031a0bc338",
    "test_2017_mscoco.en": "aab300bfb4427697987e02cd0aacd44b"
    "fe8aa50456231b6474c08038bbed2b58",
    "test_2017_mscoco.fr": "754f3072ba9f124569ba5258b32730fc"
    "1d214bbf8e0c6dfb2b74401676220db0",
    "train.de": "726e39b2fa9eb9ffb6dc763fb35a179f"
    "80fae06ffc5d28b6ace5faa883de28a6",
    "train.en": "d79cfa999dd4c51d2cb42499b6796d5a"
    "882c3a8a961923c25a898c90f8bbd56f",
    "train.fr": "622e75069e9f4c577425c4f277116ce6"
    "6e63a2401c0a2312d90073cb12379a3c",
    "val.de": "f0cba2f995189cf5770f29a8a9a537a3"
    "ad3f51657ad873405082ff6863a5e75a",
    "val.en": "14f7d25ddd868909a9213e361768460e"
    "dcacdd6ab9d1e77b92560dc10c10dc28",
    "val.fr": "ca3106f1a72390591d25f6c45cb4cd39"
    "dec4cd3f123e099748a3ce5256c160e9",
}


@functools.cache
def builder() -> type:
    """The class that makes it for tensorflow-datasets, which must be there."""
    import tensorflow_datasets as tfds

    class Multi30k(tfds.core.GeneratorBasedBuilder):
        """The data set for tensorflow-datasets, in three languages at once.

        The files come from the original repository, or, where there is one,
        from a folder of copies of them (the `manual_dir` of
        tensorflow-datasets); in both cases their SHA-256 must be right.
        """

        VERSION = tfds.core.Version("1.0.0")
        # The folder of copies within a folder of data.
        COPIES = "multi30k"
        MANUAL_DOWNLOAD_INSTRUCTIONS = (
            "Nothing has to be done by hand; copies of the files are used "
            "where there are any."
        )

        def _info(self):
            texts = {language: tfds.features.Text() for language in LANGUAGES}
            return tfds.core.DatasetInfo(
                builder=self,
                features=tfds.features.FeaturesDict(texts),
                homepage="https://github.com/multi30k/dataset",
                license=DATA["licence"],
            )

        def _split_generators(self, dl_manager):
            paths = manual_copies(
                dl_manager, [f"{name}.gz" for name in _SHA256]
            )
            if paths is None:
                paths = dl_manager.download(
                    {f"{name}.gz": f"{_URL}{name}.gz" for name in _SHA256}
                )
            return {
                split: self._generate_examples(
                    {x: self._lines(paths, f"{stem}.{x}") for x in LANGUAGES}
                )
                for split, stem in SPLITS.items()
            }

        def _lines(self, paths, name):
            content = verified(paths[f"{name}.gz"], _SHA256[name])
            return gzip.decompress(content).decode("utf-8").split("\n")[:-1]

        def _generate_examples(self, lines):
            for index, texts in enumerate(zip(*lines.values(), strict=True)):
                yield index, dict(zip(lines, texts, strict=True))

    return Multi30k
