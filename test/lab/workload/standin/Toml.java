package standin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the part of TOML 0.4 that configuration files of Ballerina programs use, and remembers where everything stood. */
final class Toml {
    /** Line and column both count from one; the end is the column after the last character. */
    record Range(int line, int column, int endLine, int endColumn) {
        @Override
        public String toString() {
            return "(" + line + ":" + column + "," + endLine + ":" + endColumn + ")";
        }
    }

    sealed interface Node permits Value, Table, Tables {
        Range range();
    }

    /** Content is a String, Long, Double, Boolean or a List of these. */
    record Value(Object content, Range range) implements Node {}

    static final class Table implements Node {
        final Map<String, Node> entries = new LinkedHashMap<>();
        /** Never named in a header of its own, only on the way to others. */
        boolean implied;
        private Range range;

        Table(Range range) {
            this.range = range;
        }

        @Override
        public Range range() {
            return range;
        }

        private void reach(Range inner) {
            range = new Range(range.line(), range.column(), inner.endLine(), inner.endColumn());
        }
    }

    record Tables(List<Table> elements, Range range) implements Node {}

    static final class Trouble extends RuntimeException {
        final int line;
        final int column;

        Trouble(int line, int column, String message) {
            super(message);
            this.line = line;
            this.column = column;
        }
    }

    private final String text;
    private int at = 0;
    private int line = 1;
    private int lineStart = 0;

    private Toml(String text) {
        this.text = text;
    }

    static Table parse(String text) {
        return new Toml(text).document();
    }

    private Table document() {
        Table root = new Table(new Range(1, 1, 1, 1));
        Table current = root;
        for (skipBlank(); !end(); skipBlank()) {
            int startLine = line;
            int startColumn = column();
            if (peek() == '[') {
                boolean repeated = text.startsWith("[[", at);
                at += repeated ? 2 : 1;
                List<String> path = keyPath();
                expect(repeated ? "]]" : "]");
                Range header = new Range(startLine, startColumn, line, column());
                current = repeated ? append(root, path, header) : named(root, path, header);
            } else {
                keyValue(current, startLine, startColumn);
            }
            endOfLine();
        }
        return root;
    }

    private void keyValue(Table into, int startLine, int startColumn) {
        List<String> path = keyPath();
        expect("=");
        Node value = value(startLine, startColumn);
        Table table = descend(into, path.subList(0, path.size() - 1), value.range());
        String key = path.get(path.size() - 1);
        if (table.entries.containsKey(key)) throw new Trouble(startLine, startColumn, "existing node '" + key + "'");
        table.entries.put(key, value);
        into.reach(value.range());
    }

    private Table descend(Table from, List<String> path, Range range) {
        Table table = from;
        for (String key : path) {
            Node next = table.entries.computeIfAbsent(key, ignored -> implied(range));
            if (next instanceof Tables tables) next = tables.elements().get(tables.elements().size() - 1);
            if (!(next instanceof Table inner)) throw new Trouble(range.line(), range.column(), "existing node '" + key + "'");
            table = inner;
        }
        return table;
    }

    private static Table implied(Range range) {
        Table table = new Table(range);
        table.implied = true;
        return table;
    }

    private Table named(Table root, List<String> path, Range range) {
        Table table = descend(root, path, range);
        if (table.implied) table.range = range;
        table.implied = false;
        return table;
    }

    private Table append(Table root, List<String> path, Range range) {
        Table parent = descend(root, path.subList(0, path.size() - 1), range);
        String key = path.get(path.size() - 1);
        Node known = parent.entries.computeIfAbsent(key, ignored -> new Tables(new ArrayList<>(), range));
        if (!(known instanceof Tables tables)) throw new Trouble(range.line(), range.column(), "existing node '" + key + "'");
        Table added = new Table(range);
        tables.elements().add(added);
        return added;
    }

    private List<String> keyPath() {
        List<String> path = new ArrayList<>();
        do {
            if (!path.isEmpty()) at += 1;
            skipSpace();
            if (peek() == '"' || peek() == '\'') {
                path.add(quoted());
            } else {
                int start = at;
                while (!end() && (Character.isLetterOrDigit(peek()) || peek() == '_' || peek() == '-')) at += 1;
                if (start == at) throw trouble("missing identifier");
                path.add(text.substring(start, at));
            }
            skipSpace();
        } while (!end() && peek() == '.');
        return path;
    }

    private Node value(int startLine, int startColumn) {
        skipSpace();
        if (!end() && peek() == '{') {
            Table table = new Table(new Range(startLine, startColumn, line, column()));
            at += 1;
            for (skipSpace(); !end() && peek() != '}'; skipSpace()) {
                keyValue(table, line, column());
                skipSpace();
                if (!end() && peek() == ',') at += 1;
            }
            expect("}");
            table.range = new Range(startLine, startColumn, line, column());
            return table;
        }
        Object content = scalarOrList();
        return new Value(content, new Range(startLine, startColumn, line, column()));
    }

    private Object scalarOrList() {
        if (end()) throw trouble("missing value");
        if (peek() == '"' || peek() == '\'') return quoted();
        if (peek() == '[') {
            at += 1;
            List<Object> list = new ArrayList<>();
            for (skipBlank(); !end() && peek() != ']'; skipBlank()) {
                list.add(scalarOrList());
                skipBlank();
                if (!end() && peek() == ',') at += 1;
            }
            expect("]");
            return list;
        }
        int start = at;
        while (!end() && ",]}#\r\n \t".indexOf(peek()) < 0) at += 1;
        String word = text.substring(start, at).replace("_", "");
        if (word.equals("true") || word.equals("false")) return Boolean.valueOf(word);
        try {
            if (word.matches("[+-]?\\d+")) return Long.valueOf(word);
            if (word.matches("[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) return Double.valueOf(word);
        } catch (NumberFormatException tooLong) {
            throw trouble("invalid number");
        }
        throw trouble("missing value");
    }

    private String quoted() {
        char quote = peek();
        String fence = String.valueOf(quote).repeat(3);
        boolean many = text.startsWith(fence, at);
        at += many ? 3 : 1;
        if (many && !end() && peek() == '\n') newLine();
        StringBuilder out = new StringBuilder();
        for (;;) {
            if (end() || (!many && peek() == '\n')) throw trouble("missing double quote token");
            if (many ? text.startsWith(fence, at) : peek() == quote) break;
            if (peek() == '\\' && quote == '"') out.append(escape());
            else if (peek() == '\n') {
                out.append('\n');
                newLine();
            } else out.append(text.charAt(at++));
        }
        at += many ? 3 : 1;
        return out.toString();
    }

    private String escape() {
        char kind = text.charAt(at + 1);
        at += 2;
        int digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        if (digits > 0) {
            String code = text.substring(at, at + digits);
            at += digits;
            return Character.toString(Integer.parseInt(code, 16));
        }
        int known = "btnfr\"\\".indexOf(kind);
        if (known < 0) throw trouble("invalid escape");
        return String.valueOf("\b\t\n\f\r\"\\".charAt(known));
    }

    private void endOfLine() {
        skipSpace();
        skipComment();
        if (!end() && peek() != '\n' && peek() != '\r') throw trouble("missing new line");
    }

    private void skipBlank() {
        for (;;) {
            skipSpace();
            skipComment();
            if (end() || (peek() != '\n' && peek() != '\r')) return;
            if (peek() == '\n') newLine();
            else at += 1;
        }
    }

    private void skipSpace() {
        while (!end() && (peek() == ' ' || peek() == '\t')) at += 1;
    }

    private void skipComment() {
        if (!end() && peek() == '#') while (!end() && peek() != '\n') at += 1;
    }

    private void newLine() {
        at += 1;
        line += 1;
        lineStart = at;
    }

    private void expect(String token) {
        skipSpace();
        if (!text.startsWith(token, at)) throw trouble("missing '" + token + "'");
        at += token.length();
    }

    private boolean end() {
        return at >= text.length();
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private int column() {
        return at - lineStart + 1;
    }

    private Trouble trouble(String message) {
        return new Trouble(line, column(), message);
    }
}
