#!/bin/bash
# Map: 20 points in 8 shards. A task of the array computes one of them, task 0 joins them.
# "bash FILE" submits the array and the merge behind it, "sbatch FILE" the array alone.
#SBATCH --job-name=leyden-map
#SBATCH --array=1-8
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=2:00:00
#SBATCH --partition=short
#SBATCH --account=physics
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH '--output=/home/me/a b/map/slurm/%A_%a.log'

if [ "${SLURM_ARRAY_TASK_ID:-}" = 0 ]; then
    exec /bin/leyden merge '/home/me/a b/map'
elif [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    exec /bin/leyden run '/home/me/a b/map/scenario.toml' --out '/home/me/a b/map' --shard "$SLURM_ARRAY_TASK_ID/8" --threads 1 --quiet
fi

# Outside of a job. The merge waits for the end of all tasks and not for their success: one with a point that failed
# ends with 1, and its shard is complete all the same.
mkdir -p '/home/me/a b/map/slurm'
[ -e '/home/me/a b/map/scenario.toml' ] || cat > '/home/me/a b/map/scenario.toml' <<'SCENARIO'
title = "Map"
[drive]
amplitude = 0.7
[sweep]
"charger.dephasing" = { from = 0.01, to = 100.0, points = 20, spacing = "log" }
SCENARIO
array=$(sbatch --parsable "$0") || exit
sbatch --dependency="afterany:${array%%;*}" --array=0 --mem=1G "$0"
