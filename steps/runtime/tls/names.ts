import type { Certificate } from "../../../src/stores/certificate.ts";

/** RFC 6125 6.4.3: a star stands for one whole label, the first. Addresses are compared as they are written. */
export const covers = (certificate: Pick<Certificate, "names" | "commonName">, name: string): boolean => {
  const names = certificate.names.length > 0 ? certificate.names : [certificate.commonName ?? ""];
  const wanted = name.toLowerCase();
  return names.some((entry) => {
    const pattern = entry.toLowerCase();
    if (pattern === wanted) return true;
    return pattern.startsWith("*.") && wanted.includes(".") && wanted.slice(wanted.indexOf(".")) === pattern.slice(1);
  });
};
