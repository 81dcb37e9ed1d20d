# Part of those scripts that say @programs@. Names the processes of run $run (empty = of every run), one a line: programs of
# ours carry their run in the name of the folder they were started from, even after it was removed. One ls for all
# processes: where there are thousands, a program started for each of them takes minutes.
programs() {
    ls -l /proc/[0-9]*/exe 2>/dev/null |
        sed -n "/\/\.soapstone-$run[^ ]*\/soapstone-agent/s/.*\/proc\/\([0-9]*\)\/exe.*/\1/p"
}
