/** An element of a set as nft prints it, made comparable with what we write: "10.0.0.0/8", "8000-8010", "6 . 443". */
export const printedElement = (element: unknown): string => {
  if (typeof element !== "object" || element === null)
    return element === "tcp" ? "6" : element === "udp" ? "17" : String(element);
  const { prefix, range, concat, elem } = element as {
    prefix?: { addr: string; len: number };
    range?: readonly unknown[];
    concat?: readonly unknown[];
    elem?: { val: unknown };
  };
  if (prefix !== undefined) return `${prefix.addr}/${prefix.len}`;
  if (range !== undefined) return range.map(printedElement).join("-");
  if (concat !== undefined) return concat.map(printedElement).join(" . ");
  return elem === undefined ? JSON.stringify(element) : printedElement(elem.val);
};
