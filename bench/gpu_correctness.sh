#!/usr/bin/env bash
# Whether the cells are right on a GPU, in at most 4 minutes: from the
# repository's root,
#
#     OUT=results bash bench/gpu_correctness.sh  # TINY=1: a try, on a CPU too
#
# bench/precision.py: outputs and gradients of every cell against float64. Then a
# short training of characters from prepared ids ($PREPARED, which `zoo train
# char_lm --prepared DIR --prepare-only` fills; else from the data that are here)
# in float32 and in bfloat16, whose loss must fall, and whose model must load on
# the CPU and score a text as on the GPU.
LIMIT=200
. bench/gpu_setup.sh

part precision 120 $PYTHON bench/precision.py --json "$OUT/precision.json" \
  ${TINY:+--quick --cells gru mingru}

TEXT="The loss falls, and the model loads again."
CHECK='
import csv, json, sys
folder, limit = sys.argv[1], float(sys.argv[2])
with open(f"{folder}/history.csv") as file:
    losses = [float(row["loss"]) for row in csv.DictReader(file)]
here, cpu = (
    json.load(open(f"{folder}/{name}.json"))["nats_per_character"]
    for name in ("here", "cpu")
)
print(f"losses {losses}; nats of a text {here:.4f}, on the CPU {cpu:.4f}")
sys.exit(losses[-1] >= losses[0] or abs(here - cpu) > limit)
'
# Of each precision: trains, scores a text here and on the CPU, and compares.
trained() {
  local precision=$1 limit=$2 run=$OUT/run_$1
  rm -rf "$run"
  $PYTHON -m zoo train char_lm ${TINY:+--preset tiny} --epochs 2 \
    --epoch-windows "$WINDOWS" --precision "$precision" --run-dir "$run" \
    ${PREPARED:+--prepared "$PREPARED"} &&
    $PYTHON -m zoo score "$run" --json "$TEXT" >"$run/here.json" &&
    JAX_PLATFORMS=cpu CUDA_VISIBLE_DEVICES='' \
      $PYTHON -m zoo score "$run" --json "$TEXT" >"$run/cpu.json" &&
    $PYTHON -c "$CHECK" "$run" "$limit"
}
export -f trained
WINDOWS=${TINY:+20}
WINDOWS=${WINDOWS:-400}
export WINDOWS OUT TINY PYTHON TEXT CHECK
part train_float32 90 bash -c "trained float32 0.01"
part train_bfloat16 90 bash -c "trained mixed_bfloat16 0.1"
exit $FAILED
