/** Class files of a few bytes, made by hand because no Java source can be named `acme.orders.0.$_init`. JVMS 4. */

const u2 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u4 = (value: number): number[] => [...u2(value >>> 16), ...u2(value)];
const utf8 = (text: string): number[] => [1, ...u2(Buffer.byteLength(text)), ...Buffer.from(text)];

const accessPublicSuper = 0x0021;
const accessPublicStatic = 0x0009;
const mainDescriptor = "([Ljava/lang/String;)V";

export type Configurable = {
  variable: string;
  /** Where the source declares it, `acme/orders:0.1.0(main.bal:7)`. */
  place: string;
  /** As Ballerina writes it; of a simple type the byte code fetches the runtime's own constant. */
  type?: string;
  required?: boolean;
};

const simpleTypes = ["string", "int", "byte", "float", "decimal", "boolean"];

export type ClassContent = {
  /** The class whose main method this one's hands its arguments to. */
  main?: string;
  /** What the compiler leaves in a `$configurationMapper`: `new VariableKey(module, name, type, place, required)` for each. */
  configurables?: readonly Configurable[];
};

/** A public class `name` (with slashes) in the format of Java release `version` - 44, so 61 for Java 17. */
export function classFile(name: string, version: number, { main, configurables = [] }: ClassContent = {}): Buffer {
  // Constants are numbered from 1 and refer to each other by number.
  const constants: number[][] = [];
  const constant = (...bytes: number[]): number => constants.push(bytes);
  const ownClass = constant(7, ...u2(constant(...utf8(name))));
  const objectClass = constant(7, ...u2(constant(...utf8("java/lang/Object"))));
  const methods: number[][] = [];
  if (main !== undefined) {
    const [methodName, descriptor] = [constant(...utf8("main")), constant(...utf8(mainDescriptor))];
    const mainClass = constant(7, ...u2(constant(...utf8(main))));
    const target = constant(10, ...u2(mainClass), ...u2(constant(12, ...u2(methodName), ...u2(descriptor))));
    const code = [0x2a, 0xb8, ...u2(target), 0xb1]; // aload_0, invokestatic, return
    const attribute = [...u2(1), ...u2(1), ...u4(code.length), ...code, ...u2(0), ...u2(0)];
    const head = [...u2(accessPublicStatic), ...u2(methodName), ...u2(descriptor), ...u2(1)];
    methods.push([...head, ...u2(constant(...utf8("Code"))), ...u4(attribute.length), ...attribute]);
  }
  if (configurables.length > 0) constant(...utf8("$configureInit"));
  if (configurables.length > 0) {
    const text = (value: string) => constant(...utf8(value));
    const named = (value: string) => constant(7, ...u2(text(value)));
    const member = (tag: number, owner: number, name: string, type: string) =>
      constant(tag, ...u2(owner), ...u2(constant(12, ...u2(text(name)), ...u2(text(type)))));
    const runtime = "io/ballerina/runtime";
    const key = named(`${runtime}/internal/configurable/VariableKey`);
    const init = member(10, key, "<init>", "(Lmodule;Ljava/lang/String;Ltype;Ljava/lang/String;Z)V");
    const module = member(9, named(name.replace(/\$\w+$/, "$_init")), "$module", "Lmodule;");
    const types = named(`${runtime}/api/types/PredefinedTypes`);
    const own = member(9, named(name.replace(/\$\w+$/, "types")), "$type$record", "Ltype;");
    const code = configurables.flatMap(({ variable, place, type = "", required = false }) => {
      const [nameText, placeText] = [variable, place].map((value) => constant(8, ...u2(text(value)))) as [
        number,
        number,
      ];
      const typeField = simpleTypes.includes(type) ? member(9, types, `TYPE_${type.toUpperCase()}`, "Ltype;") : own;
      // new, dup, getstatic, ldc_w, getstatic, ldc_w, iconst_0 or iconst_1, invokespecial, pop
      const fetch = [0xb2, ...u2(module), 0x13, ...u2(nameText), 0xb2, ...u2(typeField), 0x13, ...u2(placeText)];
      return [0xbb, ...u2(key), 0x59, ...fetch, required ? 4 : 3, 0xb7, ...u2(init), 0x57];
    });
    const body = [...code, 0xb1];
    const attribute = [...u2(7), ...u2(0), ...u4(body.length), ...body, ...u2(0), ...u2(0)];
    const head = [...u2(accessPublicStatic), ...u2(text("$populateConfigData")), ...u2(text("()V")), ...u2(1)];
    methods.push([...head, ...u2(text("Code")), ...u4(attribute.length), ...attribute]);
  }
  return Buffer.from([
    ...u4(0xcafebabe),
    ...u2(0),
    ...u2(version),
    ...u2(constants.length + 1),
    ...constants.flat(),
    ...u2(accessPublicSuper),
    ...u2(ownClass),
    ...u2(objectClass),
    ...u2(0), // interfaces
    ...u2(0), // fields
    ...u2(methods.length),
    ...methods.flat(),
    ...u2(0), // attributes
  ]);
}
