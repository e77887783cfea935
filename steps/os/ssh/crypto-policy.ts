import type { Sshd } from "../../../src/probes/sshd.ts";

/**
 * A FIPS policy allows only what NIST approved, which is what these controls forbid: there the policy decides. Other policies
 * (DEFAULT, FUTURE) are narrowed by our lists, which come before the policy's own file; that file is never touched.
 */
export const leftToCryptoPolicy = ({ cryptoPolicy }: Sshd): true | string =>
  cryptoPolicy?.startsWith("FIPS")
    ? `the system-wide crypto policy ${cryptoPolicy} decides about algorithms (update-crypto-policies --show)`
    : true;
