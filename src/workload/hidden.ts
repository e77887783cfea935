import type { SecretSpan } from "../core/concealed.ts";
import type { TomlValue } from "../model/integration.ts";
import { readToml } from "../toml/document.ts";
import { isSecretKey, looksLikeSecret, maskText } from "./secrecy.ts";

/** Places of all secrets in a TOML text, and of comments that hold one. */
export const secretSpans = (path: string, text: string): readonly SecretSpan[] => {
  const read = readToml(text);
  const entries = read.ok ? read.entries : [];
  // With its quotes: the same word elsewhere ("ballerina" is a password and a module) is no secret.
  const values = entries
    .filter(({ path: own, value }) => isHidden(own, value))
    .map(({ start, end }) => ({ value: text.slice(start, end), path, start, end }));
  const comments = [...text.matchAll(/#[^\n]*/gu)]
    .filter(
      ({ 0: comment, index }) =>
        maskText(comment) !== comment && !entries.some(({ start, end }) => index >= start && index < end),
    )
    .map(({ 0: comment, index }) => ({ value: comment.slice(1), path, start: index + 1, end: index + comment.length }));
  return [...values, ...comments];
};

/**
 * Whether a value must not be shown: by its key's name, by its own shape, or as a text in a table that is called like a secret
 * (`[secrets] stripe = "…"`). Empty ones tell nothing.
 */
export const isHidden = (path: readonly string[], value: TomlValue): boolean => {
  const filled = texts(value).filter((text) => text !== "");
  return (
    (isSecretKey(path.at(-1) ?? "") && tellsSomething(value)) ||
    (filled.length > 0 && path.slice(0, -1).some((part) => isSecretKey(part))) ||
    filled.some((text) => looksLikeSecret(text)) ||
    holdsSecret(value)
  );
};

/** A table inside an array of something else is no entry of its own: its keys are looked at here. */
const holdsSecret = (value: TomlValue): boolean => {
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some((inner: TomlValue) => holdsSecret(inner));
  return Object.entries(value).some(([key, inner]) => isHidden([key], inner as TomlValue));
};

const tellsSomething = (value: TomlValue): boolean => {
  if (typeof value === "object") return Object.values(value).some((inner) => tellsSomething(inner as TomlValue));
  return typeof value !== "boolean" && value !== "";
};

const texts = (value: TomlValue): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object") return [];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap((inner) => texts(inner as TomlValue));
};
