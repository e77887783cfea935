/**
 * Types of the configurable variables of a module, from its `$configurationMapper.class`. The compiler writes one
 * `new VariableKey(module, "name", TYPE, "place", required)` for each (ConfigMethodGen of ballerina-lang): its byte code is read
 * in order, and nothing of it is run. JVMS 4.4, 4.7.3, 6.5.
 */

/** The simple types that a JAR names; everything else (records, arrays, unions) is a constant of the program's own. */
export const simpleTypes = ["string", "int", "byte", "float", "decimal", "boolean"] as const;
export type SimpleType = (typeof simpleTypes)[number];

export type ConfigurableVariable = {
  readonly name: string;
  /** undefined: the JAR names no simple type for it. */
  readonly type: SimpleType | undefined;
  readonly required: boolean;
};

const opcode = {
  iconst0: 3,
  iconst1: 4,
  ldc: 18,
  ldcWide: 19,
  getstatic: 178,
  invokespecial: 183,
  new: 187,
} as const;

/** undefined: nobody here knows how long the instruction is. */
const lengthOf = (code: number): number | undefined => {
  if (code === 16 || code === 18 || (code >= 21 && code <= 25) || (code >= 54 && code <= 58)) return 2;
  if (code === 169 || code === 188) return 2;
  if (code === 17 || code === 19 || code === 20 || code === 132 || (code >= 153 && code <= 168)) return 3;
  if ((code >= 178 && code <= 184) || code === 187 || code === 189 || code === 192 || code === 193) return 3;
  if (code === 198 || code === 199) return 3;
  if (code === 197) return 4;
  if (code === 185 || code === 186 || code === 200 || code === 201) return 5;
  if (code === 170 || code === 171 || code === 196 || code > 201) return undefined;
  return 1;
};

type Constant =
  | { readonly tag: "text"; readonly text: string }
  | { readonly tag: "class" | "string"; readonly text: number }
  | { readonly tag: "pair"; readonly first: number; readonly second: number };

/** Reads big-endian numbers one after the other; past the end it throws a RangeError. */
const reader = (bytes: Buffer, start: number) => {
  let at = start;
  const take = (length: number): number => {
    const value = length === 4 ? bytes.readUInt32BE(at) : length === 2 ? bytes.readUInt16BE(at) : bytes.readUInt8(at);
    at += length;
    return value;
  };
  const slice = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("the class file is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  return { u1: () => take(1), u2: () => take(2), u4: () => take(4), slice, place: () => at };
};
type Reader = ReturnType<typeof reader>;

const readConstants = (read: Reader): ReadonlyMap<number, Constant> => {
  const constants = new Map<number, Constant>();
  const count = read.u2();
  for (let index = 1; index < count; index += 1) {
    const tag = read.u1();
    if (tag === 1) constants.set(index, { tag: "text", text: read.slice(read.u2()).toString("utf8") });
    else if (tag === 7) constants.set(index, { tag: "class", text: read.u2() });
    else if (tag === 8) constants.set(index, { tag: "string", text: read.u2() });
    else if (tag === 9 || tag === 10 || tag === 11 || tag === 12)
      constants.set(index, { tag: "pair", first: read.u2(), second: read.u2() });
    else if (tag === 5 || tag === 6) {
      read.slice(8);
      // A long or a double takes two numbers.
      index += 1;
    } else if (tag === 3 || tag === 4 || tag === 17 || tag === 18) read.slice(4);
    else if (tag === 15) read.slice(3);
    else if (tag === 16 || tag === 19 || tag === 20) read.slice(2);
    else throw new RangeError("the constant pool is unreadable");
  }
  return constants;
};

/** Byte code of every method. */
const readMethods = (read: Reader, textAt: (index: number) => string | undefined): readonly Buffer[] => {
  read.slice(6); // access flags, this class, super class
  read.slice(2 * read.u2()); // interfaces
  const codes: Buffer[] = [];
  for (const kind of ["fields", "methods"] as const) {
    for (let count = read.u2(); count > 0; count -= 1) {
      read.slice(6); // access flags, name, descriptor
      for (let attributes = read.u2(); attributes > 0; attributes -= 1) {
        const name = textAt(read.u2());
        const content = read.slice(read.u4());
        if (kind !== "methods" || name !== "Code") continue;
        const code = reader(content, 4); // max_stack, max_locals
        codes.push(code.slice(code.u4()));
      }
    }
  }
  return codes;
};

const typeNamed = (constant: string): SimpleType | undefined => {
  const name = /^TYPE_([A-Z]+)$/u.exec(constant)?.[1]?.toLowerCase();
  return simpleTypes.find((type) => type === name);
};

/** The variables in the order of their declaration; undefined when the class is none of the compiler's, or is cut off. */
export const readMapperVariables = (bytes: Buffer): readonly ConfigurableVariable[] | undefined => {
  try {
    if (bytes.readUInt32BE(0) !== 0xcafebabe) return undefined;
    const read = reader(bytes, 8);
    const constants = readConstants(read);
    const textAt = (index: number): string | undefined => {
      const constant = constants.get(index);
      if (constant?.tag === "text") return constant.text;
      return constant?.tag === "class" || constant?.tag === "string" ? textAt(constant.text) : undefined;
    };
    const memberAt = (index: number): { readonly owner: string; readonly name: string } => {
      const reference = constants.get(index);
      const named = reference?.tag === "pair" ? constants.get(reference.second) : undefined;
      return {
        owner: (reference?.tag === "pair" && textAt(reference.first)) || "",
        name: (named?.tag === "pair" && textAt(named.first)) || "",
      };
    };
    const isKey = (name: string | undefined): boolean => name?.endsWith("/VariableKey") ?? false;
    const found: ConfigurableVariable[] = [];
    for (const code of readMethods(read, textAt)) {
      let open: { texts: string[]; fields: string[]; required: boolean } | undefined;
      for (let at = 0; at < code.length; ) {
        const instruction = code[at] as number;
        const length = lengthOf(instruction);
        if (length === undefined || at + length > code.length) break;
        const operand = length === 2 ? (code[at + 1] as number) : length === 3 ? code.readUInt16BE(at + 1) : 0;
        if (instruction === opcode.new && isKey(textAt(operand))) open = { texts: [], fields: [], required: false };
        else if (open !== undefined) {
          if (instruction === opcode.ldc || instruction === opcode.ldcWide) open.texts.push(textAt(operand) ?? "");
          // The first field is the module; what is fetched behind the name is the type.
          if (instruction === opcode.getstatic && open.texts.length > 0) open.fields.push(memberAt(operand).name);
          if (instruction === opcode.iconst0 || instruction === opcode.iconst1)
            open.required = instruction === opcode.iconst1;
          if (instruction === opcode.invokespecial && isKey(memberAt(operand).owner)) {
            const [name] = open.texts;
            const [field = "", ...more] = open.fields;
            if (name !== undefined)
              found.push({ name, type: more.length === 0 ? typeNamed(field) : undefined, required: open.required });
            open = undefined;
          }
        }
        at += length;
      }
    }
    return found;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
