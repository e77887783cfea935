# Written by drawbridge. What every login shell starts with: umask(1p), TMOUT of bash(1).
umask {{umask}}
{{timeout}}
