/** Class files of a few bytes, made by hand because no Java source can be named `acme.orders.0.$_init`. JVMS 4. */

const u2 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u4 = (value: number): number[] => [...u2(value >>> 16), ...u2(value)];
const utf8 = (text: string): number[] => [1, ...u2(Buffer.byteLength(text)), ...Buffer.from(text)];

const accessPublicSuper = 0x0021;
const accessPublicStatic = 0x0009;
const mainDescriptor = "([Ljava/lang/String;)V";

/**
 * A public class `name` (with slashes) in the format of Java release `version` - 44, so 61 for Java 17. With `main`, its main
 * method hands its arguments to the main method of that class; without, the class is empty.
 */
export function classFile(name: string, version: number, main?: string): Buffer {
  // Constants are numbered from 1 and refer to each other by number.
  const constants = [utf8(name), [7, ...u2(1)], utf8("java/lang/Object"), [7, ...u2(3)]];
  const method: number[] = [];
  if (main !== undefined) {
    constants.push(
      utf8("main"), // 5
      utf8(mainDescriptor), // 6
      utf8("Code"), // 7
      utf8(main), // 8
      [7, ...u2(8)], // 9
      [12, ...u2(5), ...u2(6)], // 10
      [10, ...u2(9), ...u2(10)], // 11
    );
    const code = [0x2a, 0xb8, ...u2(11), 0xb1]; // aload_0, invokestatic, return
    const attribute = [...u2(1), ...u2(1), ...u4(code.length), ...code, ...u2(0), ...u2(0)];
    method.push(
      ...u2(accessPublicStatic),
      ...u2(5),
      ...u2(6),
      ...u2(1),
      ...u2(7),
      ...u4(attribute.length),
      ...attribute,
    );
  }
  return Buffer.from([
    ...u4(0xcafebabe),
    ...u2(0),
    ...u2(version),
    ...u2(constants.length + 1),
    ...constants.flat(),
    ...u2(accessPublicSuper),
    ...u2(2),
    ...u2(4),
    ...u2(0), // interfaces
    ...u2(0), // fields
    ...u2(main === undefined ? 0 : 1),
    ...method,
    ...u2(0), // attributes
  ]);
}
