import type { DocumentBody } from "../model/documents.ts";
import type { Rights } from "../model/session.ts";

/** How to get a full answer; empty when this is one. */
export const fullAnswerHint = (rights: Rights): string => {
  if (rights.root) return "";
  return rights.passwordHelps
    ? "For a full answer: add --ask-sudo-password, or run as root."
    : "For a full answer: run as root, or as an account that may use sudo.";
};

export const rightsBody = (rights: Rights): DocumentBody<"inspect">["rights"] => ({
  root: rights.root,
  reason: rights.root ? "" : rights.reason,
  remedy: fullAnswerHint(rights),
});
