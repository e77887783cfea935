import { type Expression, parse } from "acorn";

/**
 * The same program with the bodies of its modules in parentheses. V8 compiles a function in parentheses at once, and what is compiled
 * when the executable is built lies in its code cache; everything else is compiled again at every start.
 *
 * The bundler writes every module that is loaded on demand as `var name = once(() => {...})` at the top.
 */
export const withEagerModules = (program: string): string => {
  const bodies = parse(program, { ecmaVersion: "latest", sourceType: "module" }).body.flatMap((statement) =>
    statement.type === "VariableDeclaration" ? statement.declarations.flatMap(({ init }) => bodyOf(init) ?? []) : [],
  );
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of bodies) {
    pieces.push(program.slice(from, start), "(", program.slice(start, end), ")");
    from = end;
  }
  return [...pieces, program.slice(from)].join("");
};

const bodyOf = (expression: Expression | null | undefined): Expression | undefined => {
  if (expression?.type !== "CallExpression" || expression.callee.type !== "Identifier") return undefined;
  const [first, ...rest] = expression.arguments;
  return first?.type === "ArrowFunctionExpression" && rest.length === 0 ? first : undefined;
};
