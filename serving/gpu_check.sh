#!/usr/bin/env bash
# Serves a real model on a GPU, solves ten problems with it, takes its figures (tokens a second alone
# and at 64 at once, prefix hit rate, an adapter) and measures our client against vLLM's own load
# generator; writes what came out as a table. Where there is no GPU it says so and skips.
#
#   serving/gpu_check.sh [MODEL]          default: Qwen/Qwen2.5-7B-Instruct
#
#   PYTHON               the Python optwright is installed in (default: python3)
#   OPTWRIGHT_VLLM_PYTHON  the Python vLLM and pandas are installed in (default: PYTHON)
#   LORA                 NAME=FOLDER of an adapter to measure as well
#   OUT                  where the table goes (default: benchmarks/results/gpu_check.md)
set -euo pipefail
cd "$(dirname "$0")/.."
model=${1:-Qwen/Qwen2.5-7B-Instruct}
python=${PYTHON:-python3}
export OPTWRIGHT_VLLM_PYTHON=${OPTWRIGHT_VLLM_PYTHON:-$python}
LORA=${LORA:-}
lora_name=${LORA%%=*}
out=${OUT:-benchmarks/results/gpu_check.md}

if ! gpu=$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null) || [ -z "$gpu" ]; then
    echo "SKIPPED: this machine has no NVIDIA GPU that nvidia-smi knows; nothing was measured"
    exit 0
fi

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; }; rm -rf "$work"' EXIT
began=$SECONDS
"$python" -m optwright serve "$model" ${LORA:+--lora "$LORA"} --json > "$work/ready.json" 2> "$work/serve.err" &
server=$!
until [ -s "$work/ready.json" ]; do
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.err" >&2; exit 4; }
    sleep 2
done
loading=$((SECONDS - began))
name=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["name"])' "$work/ready.json")

problems=$("$python" -m optwright.benchmarks.ten_problems "vllm/$name")
figures=$("$python" -m optwright.benchmarks.vllm_figures "vllm/$name" ${lora_name:+--lora "$lora_name"})
load=$("$python" -m optwright.benchmarks.vllm_load "vllm/$name" --python "$OPTWRIGHT_VLLM_PYTHON" \
    --tokenizer "$model" --requests 256 --words 300 --tokens 256)
status=$("$python" -m optwright serve --status)

mkdir -p "$(dirname "$out")"
{
    echo "# \`serving/gpu_check.sh $model\`"
    echo
    echo "$(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), on: $gpu"
    echo
    echo "Ready after $loading s."
    echo
    echo "$problems"
    echo
    echo "$figures"
    echo
    echo "Load, our client over vLLM's \`bench serve\`: \`$load\`"
    echo
    echo "The server: $status"
} > "$out"
cat "$out"
