import { mask } from "../../../src/core/concealed.ts";
import type { FilePart } from "../../../src/model/change.ts";
import { type PasswordHash, passwordHashFile } from "../../../src/probes/boot-loader.ts";

const said = "# Written by drawbridge (bootloader-password). update-grub puts what this prints into grub.cfg.";

/**
 * `superusers` has to be exported, or submenus forget it. A line that begins with "password" is what keeps grub-mkconfig from
 * opening grub.cfg to everybody.
 */
const beforeHash = `#!/bin/sh
${said}
cat <<'END'
set superusers="root"
export superusers
password_pbkdf2 root `;

/** What 00_header sets, and --unrestricted: whatever follows at the top level starts without the password. */
const afterHash = `
if [ x"\${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--unrestricted --id"
else
  menuentry_id_option="--unrestricted"
fi
export menuentry_id_option
END
`;

export const firstScript = (hash: PasswordHash): { readonly content: string; readonly parts: FilePart[] } => ({
  content: beforeHash + mask + afterHash,
  parts: [
    { text: beforeHash },
    { slice: { path: passwordHashFile, offset: hash.offset, length: hash.length, sha256: hash.sha256 } },
    { text: afterHash },
  ],
});

/** As 00_header left it: what stands in a submenu is put together when that is opened, and asks for the password again. */
export const lastScript = `#!/bin/sh
${said}
# Entries of submenus (older kernels, recovery as root) ask for the password.
cat <<'END'
if [ x"\${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
END
`;
