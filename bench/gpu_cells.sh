#!/usr/bin/env bash
# How fast the cells are on a GPU, in at most 6 minutes: from the repository's
# root,
#
#     OUT=results bash bench/gpu_cells.sh        # TINY=1: a try, on a CPU too
#
# bench/cells.py and bench/scan_forms.py on JAX, in order of worth: linear and
# classical cells beside Keras's and PyTorch's LSTM and GRU (cuDNN), forward and
# backward, float32 and bfloat16; then the device's memory. Each part writes a
# file of its own.
LIMIT=300
. bench/gpu_setup.sh

CELLS="gru lstm mingru minlstm sru"
UNITS="768 512"
SIZES="16x1024 64x1024"
if [ "$TINY" ]; then
  CELLS="gru mingru" UNITS="8" SIZES="2x10"
fi
for units in $UNITS; do
  part "scan_$units" 60 $PYTHON bench/scan_forms.py --units $units \
    --sizes $SIZES --json "$OUT/scan_$units.json"
  for precision in mixed_bfloat16 float32; do
    for size in $SIZES; do
      name=cells_${units}_${size}_$precision
      part $name 90 $PYTHON bench/cells.py --units $units --sizes $size \
        --lengths --cells $CELLS --precision $precision --no-memory \
        --json "$OUT/$name.json"
    done
  done
done
units=${UNITS%% *} size=${SIZES%% *}
part memory 120 $PYTHON bench/cells.py --units $units --sizes $size \
  --lengths --cells $CELLS --precision mixed_bfloat16 \
  --json "$OUT/memory.json"
exit $FAILED
