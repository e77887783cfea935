# Written by drawbridge. What every login shell starts with: umask(1p), ulimit(1p), TMOUT of bash(1).
umask {{umask}}
ulimit -c {{core}}
{{timeout}}
