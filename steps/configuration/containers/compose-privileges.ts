import { composeControl } from "./judgement.ts";

/** Read-only root file system, no capabilities, no new privileges. */
export const composePrivileges = composeControl({
  id: "compose-privileges",
  guideline: ["CF-03", "RT-14"],
  title: "Containers are read-only, without capabilities, and cannot gain privileges",
  failing: "A container may change its own programs or gain privileges",
  severity: "low",
  rationale:
    "Whoever gets into a read-only container finds nowhere to put tools, and without capabilities and with no-new-privileges a setuid program helps nobody. A Ballerina program needs only /tmp.",
  references: [
    { source: "CIS Docker", id: "5.4" },
    { source: "CIS Docker", id: "5.13" },
    { source: "CIS Docker", id: "5.26" },
  ],
  nothing: "read-only, no capabilities, no new privileges",
  remarks: ({ readOnly, dropped, securityOptions, privileged, extends: inherits }) => {
    if (privileged || inherits) return [];
    const missing = [
      ...(readOnly ? [] : ["read_only"]),
      ...(dropped.some((name) => name.toUpperCase() === "ALL") ? [] : ["cap_drop: [ALL]"]),
      ...(securityOptions.some((option) => /^no-new-privileges(?:[:=]true)?$/u.test(option))
        ? []
        : ["no-new-privileges"]),
    ];
    return missing.length === 0 ? [] : [`without ${missing.join(", ")}`];
  },
});
