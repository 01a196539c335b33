#!/usr/bin/env bash
# What takes longer than .ci/run may: ten million fuzzed frames, ten minutes of kill -9, ten minutes of one folder under ours
# and Apache's server in turns, folders of older versions of Apache's, many seeds of the simulated disk, every client suite
# against both servers, every mutant, and the differential fuzzer for DIFF_MINUTES (60) on each of DIFF_SEEDS (three known
# ones and a fresh one). Arguments choose parts: fuzz kill folders older disk suites simulate ensemble three mutants
# difference. SHARE (100) is the percentage of the loops' seconds, frames and seeds that are run: whole it takes a night, with
# SHARE=25 and DIFF_MINUTES=5 some two hours. What no clock of a server or a client decides (fuzzers, simulator, mutants) runs
# in a second lane beside the rest, at a lower priority. Ends with "N passed, N failed" over all parts.
set -u
cd "$(dirname "$0")/.." || exit 1
logs=$(mktemp -d)
counts=$logs/counts
: >"$counts"

part() {
  local start=$SECONDS code p f log
  log=$(mktemp "$logs/XXXXXX.log")
  printf '== %s\n' "$*"
  "$@" >"$log" 2>&1
  code=$?
  p=$(grep -oE '[0-9]+ (passed|passing)' "$log" | tail -n 1 | grep -oE '^[0-9]+')
  f=$(grep -oE '[0-9]+ (failed|failing)' "$log" | tail -n 1 | grep -oE '^[0-9]+')
  p=${p:-0} f=${f:-0}
  if [ "$f" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$p" -eq 0 ]; }; then f=1; fi
  echo "$p $f" >>"$counts"
  # One write, so that the two lanes do not mix their lines.
  printf '%s\n== %s: %s passed, %s failed in %s s\n' "$(tail -n 5 "$log")" "$*" "$p" "$f" $((SECONDS - start))
  if [ "$f" -eq 0 ]; then rm "$log"; else printf '== what it said is in %s\n' "$log"; fi
}

share() { echo $(($1 * ${SHARE:-100} / 100)); }
wanted() { [ "${#chosen[@]}" -eq 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]]; }
chosen=("$@")

beside() {
  wanted fuzz && part npm run --silent fuzz -- --frames "$(share 10000000)"
  wanted disk && part env SEEDS="$(share 300)" npm test --silent -- test/simulation/disk.test.ts --timeout 1800000
  wanted simulate && part npm run --silent simulate -- --count "$(share 2000)"
  wanted simulate && part npm run --silent simulate:mutants -- --seeds 200
  wanted mutants && part npm run --silent compat:mutants
  if wanted difference; then
    for seed in ${DIFF_SEEDS:-1 2 3 $RANDOM$RANDOM}; do
      part npm run --silent compat:diff -- --seed "$seed" --minutes "${DIFF_MINUTES:-60}"
    done
  fi
}

(
  renice -n 10 "$BASHPID" >/dev/null
  beside
) &
lane=$!

wanted kill && part npm run --silent loop:kill -- --seconds "$(share 600)"
wanted folders && part npm run --silent loop:folders -- --seconds "$(share 600)"
wanted older && part npm run --silent compat:older -- --rounds 10
wanted suites && part npm run --silent compat -- --server both --quiet
wanted ensemble && part npm run --silent loop:ensemble -- --seconds "$(share 600)"
wanted ensemble && part npm run --silent loop:reconfig -- --seconds "$(share 600)"
wanted ensemble && part npm run --silent loop:reconfig -- --seconds "$(share 600)" --kinds apache,zabra
wanted ensemble && part npm run --silent loop:ensemble -- --seconds "$(share 600)" --members zabra,apache,zabra --migrate
wanted ensemble && part npm run --silent loop:ensemble -- --seconds "$(share 600)" --members apache,apache,zabra
for way in tls sasl; do
  wanted ensemble && part npm run --silent compat:secured -- "$way"
done
for members in zabra,zabra,zabra zabra,apache,zabra apache,zabra,apache; do
  wanted ensemble && part npm run --silent loop:partitions -- --seconds "$(share 300)" --members "$members"
done
wanted ensemble && part npm run --silent compat:leaders
wanted ensemble && part npx tsx compat/ensemble/localSessions.ts
wanted ensemble && part npx tsx compat/ensemble/observerMaster.ts
wanted ensemble && part npx tsx compat/ensemble/oracle.ts
wanted ensemble && part npx tsx compat/ensemble/manyAddresses.ts
wanted ensemble && part npm run --silent compat:stalls
wanted ensemble && part npm run --silent compat:migrate
wanted ensemble && part npm run --silent compat:migrate -- --voters 5 --observers 2 --from apache
for members in zabra,zabra,zabra zabra,apache,zabra; do
  wanted three && part env ENSEMBLE="$members" npm run --silent compat -- --server three --quiet
done

wait "$lane"
read -r passed failed < <(awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' "$counts")
rm "$counts"
rmdir --ignore-fail-on-non-empty "$logs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
