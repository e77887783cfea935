package standin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import standin.Toml.Node;
import standin.Toml.Range;
import standin.Toml.Table;
import standin.Toml.Tables;
import standin.Toml.Value;

/**
 * Values of the configurable variables that the program declares, found where a Ballerina program finds them: the environment
 * (BAL_CONFIG_VAR_*) over the command line (-C) over TOML, of which BAL_CONFIG_FILES excludes BAL_CONFIG_DATA excludes ./Config.toml;
 * of several files the first that has a variable wins. A variable comes whole from one source: records are not merged.
 */
final class Configuration {
    /** One line of the schema: a variable of a module, or a field inside a record variable. */
    record Declared(String module, List<String> path, String type, boolean required) {
        String variable() {
            return path.get(0);
        }
    }

    private record Source(String name, Table root) {}

    private final String organization;
    private final String rootPackage;
    private final List<Declared> schema = new ArrayList<>();
    private final Map<String, Object> values = new TreeMap<>();
    private final List<String> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());

    /** `schemaLines` are `module path type [required]`; module `-` is the root package. */
    Configuration(String organization, String rootPackage, List<String> schemaLines) {
        this.organization = organization;
        this.rootPackage = rootPackage;
        for (String line : schemaLines) {
            String[] words = line.trim().split("\\s+");
            if (words.length < 3) continue;
            schema.add(new Declared(words[0], List.of(words[1].split("\\.")), words[2], words.length > 3));
        }
    }

    /** Reads everything; what was wrong is in {@link #errors()} and {@link #warnings()} afterwards. */
    void read(String[] arguments, Map<String, String> environment) {
        List<Source> files = sources(environment);
        Map<String, String> line = commandLine(arguments);
        Map<String, String> variables = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith("BAL_CONFIG_VAR_")) variables.put(name, value);
        });
        Set<String> usedWords = new HashSet<>();
        for (Declared variable : schema) if (variable.path().size() == 1) resolve(variable, files, line, variables, usedWords);
        for (Source file : files) reportUnused(file, file.root(), "");
        line.forEach((key, value) -> {
            if (!usedWords.contains(key)) errors.add("[" + key + "=" + value + "] unused command line argument");
        });
        variables.keySet().forEach(name -> {
            if (!usedWords.contains(name)) errors.add("unused environment variable '" + name + "'");
        });
    }

    List<String> errors() {
        return errors;
    }

    List<String> warnings() {
        return warnings;
    }

    boolean declares(String module, String variable) {
        return schema.stream().anyMatch(one -> one.module().equals(module) && one.variable().equals(variable));
    }

    /** The value at `path` (variable, then fields) of a module's variable, or `otherwise`. */
    @SuppressWarnings("unchecked")
    <T> T get(String module, String path, T otherwise) {
        String[] words = path.split("\\.");
        Object value = values.get(module + " " + words[0]);
        for (int index = 1; index < words.length && value != null; index += 1)
            value = value instanceof Map<?, ?> map ? map.get(words[index]) : null;
        return value == null ? otherwise : (T) value;
    }

    private List<Source> sources(Map<String, String> environment) {
        List<Source> sources = new ArrayList<>();
        String listed = environment.get("BAL_CONFIG_FILES");
        String data = environment.get("BAL_CONFIG_DATA");
        if (listed != null) {
            for (String name : listed.split(":")) addFile(sources, Path.of(name));
        } else if (data != null) {
            addText(sources, "BAL_CONFIG_DATA", data);
        } else if (Files.exists(Path.of("Config.toml"))) {
            addFile(sources, Path.of("Config.toml"));
        }
        return sources;
    }

    private void addFile(List<Source> sources, Path path) {
        if (!Files.exists(path)) {
            warnings.add("configuration file is not found in path '" + path + "'");
            return;
        }
        try {
            addText(sources, String.valueOf(path.getFileName()), Files.readString(path));
        } catch (IOException unreadable) {
            warnings.add("failed to read file in path '" + path + "'");
        }
    }

    private void addText(List<Source> sources, String name, String text) {
        try {
            sources.add(new Source(name, Toml.parse(text)));
        } catch (Toml.Trouble trouble) {
            String place = "(" + trouble.line + ":" + trouble.column + "," + trouble.line + ":" + trouble.column + ")";
            // Only a warning: the program goes on without all that the file says.
            warnings.add("invalid TOML file : \n[" + name + ":" + place + "] " + trouble.getMessage());
        }
    }

    private static Map<String, String> commandLine(String[] arguments) {
        Map<String, String> found = new LinkedHashMap<>();
        for (String word : arguments) {
            int equals = word.indexOf('=');
            if (word.startsWith("-C") && equals > 2) found.put(word.substring(2, equals), word.substring(equals + 1));
        }
        return found;
    }

    /** Asks every source, the weakest first, so that all of them count as used and the last answer stands. */
    private void resolve(Declared variable, List<Source> files, Map<String, String> line, Map<String, String> environment, Set<String> usedWords) {
        List<String> problems = new ArrayList<>();
        Object found = null;
        for (int index = files.size() - 1; index >= 0; index -= 1) {
            Source file = files.get(index);
            for (Table table : moduleTables(file.root(), variable.module())) {
                Node node = table.entries.get(variable.variable());
                if (node == null || (variable.module().equals("-") && node instanceof Table && !variable.type().equals("record"))) continue;
                use(node);
                Object value = typed(file, variable, variable.path(), variable.type(), node, problems);
                if (value != null) found = value;
            }
        }
        for (String key : lineNames(variable)) {
            if (!line.containsKey(key)) continue;
            usedWords.add(key);
            Object value = simple(key + "=" + line.get(key), variable, line.get(key), problems);
            if (value != null) found = value;
        }
        for (String name : environmentNames(variable)) {
            if (!environment.containsKey(name)) continue;
            usedWords.add(name);
            Object value = simple(name + "=" + environment.get(name), variable, environment.get(name), problems);
            if (value != null) found = value;
        }
        if (found != null) {
            warnings.addAll(problems);
            values.put(variable.module() + " " + variable.variable(), found);
        } else if (problems.isEmpty() && variable.required()) {
            errors.add("value not provided for required configurable variable '" + variable.variable() + "'");
        } else {
            errors.addAll(problems);
        }
    }

    private List<Table> moduleTables(Table root, String module) {
        List<List<String>> places = module.equals("-")
            ? List.of(List.of(), List.of(rootPackage), List.of(organization, rootPackage))
            : List.of(List.of(module.split("\\.")));
        List<Table> tables = new ArrayList<>();
        for (List<String> place : places) {
            Node node = root;
            for (String key : place) node = node instanceof Table table ? table.entries.get(key) : null;
            if (node instanceof Table table) tables.add(table);
        }
        return tables;
    }

    private void use(Node node) {
        used.add(node);
        if (node instanceof Table table) table.entries.values().forEach(this::use);
        if (node instanceof Tables tables) tables.elements().forEach(this::use);
    }

    private List<String> lineNames(Declared variable) {
        if (!variable.module().equals("-")) return List.of(variable.module() + "." + variable.variable());
        return List.of(variable.variable(), rootPackage + "." + variable.variable(), organization + "." + rootPackage + "." + variable.variable());
    }

    private List<String> environmentNames(Declared variable) {
        List<String> names = new ArrayList<>();
        for (String key : lineNames(variable)) names.add("BAL_CONFIG_VAR_" + key.toUpperCase(Locale.ROOT).replace('.', '_'));
        return names;
    }

    private Object simple(String shown, Declared variable, String text, List<String> problems) {
        try {
            switch (variable.type()) {
                case "string":
                    return text;
                case "int":
                    return Long.valueOf(text);
                case "decimal", "float":
                    return Double.valueOf(text);
                case "boolean":
                    if (text.equalsIgnoreCase("true") || text.equals("1")) return true;
                    if (text.equalsIgnoreCase("false") || text.equals("0")) return false;
                    break;
                default:
                    problems.add("value for configurable variable '" + variable.variable() + "' with type '" + variable.type()
                        + "' is not supported as a command line argument");
                    return null;
            }
        } catch (NumberFormatException wrong) {
            // Told below, as for any other text that is not of the type.
        }
        problems.add("[" + shown + "] configurable variable '" + variable.variable() + "' is expected to be of type '" + variable.type()
            + "', but found 'string'");
        return null;
    }

    private Object typed(Source file, Declared variable, List<String> path, String type, Node node, List<String> problems) {
        String where = "[" + file.name() + ":" + node.range() + "] ";
        if (type.equals("record") && node instanceof Table table) return record(file, variable, path, table, problems);
        if (type.equals("table") && node instanceof Tables tables) {
            List<Object> rows = new ArrayList<>();
            for (Table table : tables.elements()) rows.add(record(file, variable, path, table, problems));
            return rows;
        }
        Object content = node instanceof Value value ? value.content() : null;
        boolean fits = switch (type) {
            case "string" -> content instanceof String;
            case "int" -> content instanceof Long;
            case "decimal", "float" -> content instanceof Double;
            case "boolean" -> content instanceof Boolean;
            case "string[]" -> content instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
            default -> false;
        };
        if (fits) return content;
        String subject = path.size() == 1
            ? "configurable variable '" + variable.variable() + "'"
            : "field '" + path.get(path.size() - 1) + "' from configurable variable '" + variable.variable() + "'";
        problems.add(where + subject + " is expected to be of type '" + type + "', but found '" + typeOf(node) + "'");
        return null;
    }

    /** Undefined as a whole when anything in it is wrong, like the record that could not be made. */
    private Object record(Source file, Declared variable, List<String> path, Table table, List<String> problems) {
        int before = problems.size();
        Map<String, Object> record = new LinkedHashMap<>();
        table.entries.forEach((key, node) -> {
            List<String> inner = new ArrayList<>(path);
            inner.add(key);
            Declared field = schema.stream()
                .filter(one -> one.module().equals(variable.module()) && one.path().equals(inner))
                .findFirst()
                .orElse(null);
            if (field == null) {
                problems.add("[" + file.name() + ":" + node.range() + "] additional field '" + key + "' provided for configurable variable '"
                    + variable.variable() + "' of record '" + variable.module() + "' is not supported");
                return;
            }
            Object value = typed(file, variable, inner, field.type(), node, problems);
            if (value != null) record.put(key, value);
        });
        return problems.size() > before ? null : record;
    }

    private static String typeOf(Node node) {
        if (node instanceof Table) return "record";
        if (node instanceof Tables) return "table";
        Object content = ((Value) node).content();
        if (content instanceof Long) return "int";
        if (content instanceof Double) return "float";
        if (content instanceof Boolean) return "boolean";
        return content instanceof List<?> ? "array" : "string";
    }

    private boolean isUsed(Node node) {
        if (used.contains(node)) return true;
        if (node instanceof Table table) return table.entries.values().stream().anyMatch(this::isUsed);
        return node instanceof Tables tables && tables.elements().stream().anyMatch(this::isUsed);
    }

    private void reportUnused(Source file, Table table, String prefix) {
        table.entries.forEach((key, node) -> {
            if (used.contains(node)) return;
            Range range = node.range();
            boolean implied = node instanceof Table one && one.implied;
            if (!implied && !isUsed(node)) errors.add("[" + file.name() + ":" + range + "] unused configuration value '" + prefix + key + "'");
            if (node instanceof Table inner) reportUnused(file, inner, prefix + key + ".");
            if (node instanceof Tables tables) tables.elements().forEach(inner -> reportUnused(file, inner, prefix + key + "."));
        });
    }
}
