import {
  type RuntimeUnit,
  type RuntimeUnits,
  runtimeDropIn,
  runtimeEnvironment,
} from "../../../src/probes/unit-files.ts";

const plainUnit = `[Unit]
Description=Orders

[Service]
User=orders
WorkingDirectory=/opt/orders
ExecStart=/usr/bin/java -jar /opt/orders/orders.jar
SuccessExitStatus=143

[Install]
WantedBy=multi-user.target
`;

/** A running service as its owner wrote it. */
export const aRuntimeUnit = (overrides: Partial<RuntimeUnit> & { readonly text?: string } = {}): RuntimeUnit => {
  const { text = plainUnit, ...rest } = overrides;
  const name = rest.name ?? "orders-api.service";
  return {
    name,
    properties: { ActiveState: "active", SubState: "running", NeedDaemonReload: "no", User: "orders", Group: "orders" },
    files: [{ path: `/etc/systemd/system/${name}`, content: text }],
    environmentFiles: [],
    dropIn: null,
    environment: null,
    dropInFolder: false,
    folders: [],
    startedAt: 1_790_000_000,
    process: {
      pid: 812,
      noNewPrivileges: false,
      filtered: false,
      powerless: false,
      peakMemory: 300 * 1024 ** 2,
      writes: [],
      written: [],
    },
    ...rest,
  };
};

export const runtimeUnits = (units: readonly RuntimeUnit[], overrides: Partial<RuntimeUnits> = {}): RuntimeUnits => ({
  systemd: 252,
  memory: 4 * 1024 ** 3,
  units,
  ...overrides,
});

/** The same service after the files were written, systemd has read them and it was restarted. */
export const withOwn = (
  unit: RuntimeUnit,
  written: readonly { readonly path: string; readonly content: string; readonly mode: string }[],
): RuntimeUnit => {
  const own = (path: string, earlier: RuntimeUnit["dropIn"]) => {
    const file = written.find((candidate) => candidate.path === path);
    return file === undefined
      ? earlier
      : { content: file.content, mode: file.mode, owner: "root", group: "root", modified: 1_790_000_100 };
  };
  const dropIn = own(runtimeDropIn(unit.name), unit.dropIn);
  const environment = own(runtimeEnvironment(unit.name), unit.environment);
  return {
    ...unit,
    dropIn,
    environment,
    dropInFolder: true,
    startedAt: 1_790_000_101,
    files: [
      ...unit.files.filter(({ path }) => path !== runtimeDropIn(unit.name)),
      ...(dropIn === null ? [] : [{ path: runtimeDropIn(unit.name), content: dropIn.content }]),
    ],
    environmentFiles: [
      ...unit.environmentFiles.filter(({ path }) => path !== runtimeEnvironment(unit.name)),
      ...(environment === null ? [] : [{ path: runtimeEnvironment(unit.name), content: environment.content }]),
    ],
  };
};
