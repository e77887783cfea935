/**
 * What an option of the java launcher decides: two options with one key contradict each other, and the later one wins.
 * Options that add up (an agent, a logging output) have their whole text as key.
 */
export const optionKey = (text: string): string => {
  const heap = /^-X(mx|ms|mn|ss)/u.exec(text);
  if (heap) return `-X${heap[1]}`;
  const flag = /^-XX:[+-]?([A-Za-z0-9]+)/u.exec(text);
  if (flag) return flag[1] === "MaxHeapSize" ? "-Xmx" : flag[1] === "InitialHeapSize" ? "-Xms" : `-XX:${flag[1]}`;
  const property = /^-D([^=]+)/u.exec(text);
  if (property) return `-D${property[1]}`;
  return text;
};

/** The text of JDK_JAVA_OPTIONS and its like as words: blanks separate, both kinds of quotes keep them (java(1)). */
export const splitOptions = (text: string): readonly string[] => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (const letter of text) {
    if (quote === "" && /\s/u.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (quote === "" && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= "";
    } else if (letter === quote) {
      quote = "";
    } else {
      word = (word ?? "") + letter;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
};

export const joinOptions = (options: readonly string[]): string =>
  options
    .map((option) =>
      /[\s'"]/u.test(option) || option === "" ? (option.includes('"') ? `'${option}'` : `"${option}"`) : option,
    )
    .join(" ");
