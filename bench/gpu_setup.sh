# What the two scripts for a GPU share; they source it.
#
# Wheels in .whl (Keras and what it needs, for a machine without a network) are
# put into ./site. Results go to $OUT, which is . without it. TINY=1 tries all of
# it with tiny sizes, on a CPU as well, and with ten times the time. Past $LIMIT
# seconds nothing new starts.
set -u
OUT=${OUT:-.}
TINY=${TINY:-}
PYTHON=${PYTHON:-python3}
if compgen -G '.whl/*.whl' >/dev/null; then
  $PYTHON -m pip install -q --no-index --no-deps --no-compile \
    --no-cache-dir --upgrade --target ./site .whl/*.whl || exit
fi
export PYTHONPATH=$PWD:$PWD/site${PYTHONPATH:+:$PYTHONPATH}
export KERAS_BACKEND=${KERAS_BACKEND:-jax} PYTHONUNBUFFERED=1
# Memory is measured: JAX must not take all of it beforehand.
export XLA_PYTHON_CLIENT_PREALLOCATE=false
command -v nvidia-smi >/dev/null &&
  nvidia-smi --query-gpu=name,memory.total,clocks.sm --format=csv

PATIENCE=${TINY:+10}
PATIENCE=${PATIENCE:-1}
FAILED=0
# A part: a name, its seconds at most, its command. What it prints is shown and
# kept in $OUT/NAME.log.
part() {
  local name=$1 seconds=$2
  shift 2
  if ((SECONDS > LIMIT * PATIENCE)); then
    echo "== $name: no time left"
    return
  fi
  echo "== $name, after $SECONDS s"
  timeout $((seconds * PATIENCE)) "$@" 2>&1 | tee "$OUT/$name.log"
  local code=${PIPESTATUS[0]}
  if ((code)); then
    echo "== $name: exit code $code"
    FAILED=1
  fi
}
