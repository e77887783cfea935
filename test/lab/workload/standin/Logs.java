package standin;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Application log (ballerina/log), access log and trace log (ballerina/http). Files are made with the umask of the process. */
final class Logs {
    private static final List<String> LEVELS = List.of("DEBUG", "INFO", "WARN", "ERROR");
    private static final DateTimeFormatter ACCESS_TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT);

    private final String module;
    private final int level;
    private final boolean json;
    private final List<PrintStream> application = new ArrayList<>();
    private final List<PrintStream> access = new ArrayList<>();
    private final boolean accessJson;
    private final boolean trace;

    Logs(Configuration configuration, String module) throws IOException {
        this.module = module;
        level = LEVELS.indexOf(configuration.get("ballerina.log", "level", "INFO"));
        json = configuration.get("ballerina.log", "format", "logfmt").equals("json");
        List<Map<String, Object>> destinations = configuration.get("ballerina.log", "destinations", List.of(Map.of("type", "stderr")));
        for (Map<String, Object> destination : destinations) {
            String path = (String) destination.get("path");
            if (path != null) application.add(file(path, !"TRUNCATE".equals(destination.get("mode"))));
            else application.add("stdout".equals(destination.get("type")) ? System.out : System.err);
        }
        String http = "ballerina.http";
        accessJson = configuration.get(http, "accessLogConfig.format", "flat").equals("json");
        if (configuration.get(http, "accessLogConfig.console", false)) access.add(System.err);
        for (String key : List.of("accessLogConfig.path", "accessLogConfig.file.path")) {
            String path = configuration.get(http, key, "");
            if (!path.isEmpty()) access.add(file(path, true));
        }
        trace = configuration.get(http, "traceLogConsole", false) || configuration.get(http, "traceLogAdvancedConfig.console", false);
    }

    private static PrintStream file(String path, boolean append) throws IOException {
        StandardOpenOption mode = append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
        var out = Files.newOutputStream(Path.of(path), StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode);
        return new PrintStream(out, true, StandardCharsets.UTF_8);
    }

    void write(String severity, String message) {
        if (LEVELS.indexOf(severity) < level) return;
        String time = OffsetDateTime.now().toString();
        String line = json
            ? "{\"time\":" + quote(time) + ", \"level\":\"" + severity + "\", \"module\":" + quote(module) + ", \"message\":" + quote(message) + "}"
            : "time=" + time + " level=" + severity + " module=" + module + " message=" + quote(message);
        for (PrintStream out : application) out.println(line);
    }

    void access(String client, String method, String path, int status, long bytes) {
        if (access.isEmpty()) return;
        String time = ACCESS_TIME.format(ZonedDateTime.now());
        String line = accessJson
            ? "{\"ip\":" + quote(client) + ", \"date_time\":" + quote(time) + ", \"request_method\":" + quote(method) + ", \"request_uri\":" + quote(path)
                + ", \"status\":" + status + ", \"response_body_size\":" + bytes + "}"
            : "ballerina: " + client + " - - [" + time + "] \"" + method + " " + path + " HTTP/1.1\" " + status + " " + bytes + " \"-\" \"-\"";
        for (PrintStream out : access) out.println(line);
    }

    void trace(String direction, String text) {
        if (trace) System.err.println("[" + OffsetDateTime.now() + "] TRACE {http.tracelog.downstream} - " + direction + " " + quote(text));
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            int known = "\n\r\t\"\\".indexOf(one);
            if (known >= 0) out.append('\\').append("nrt\"\\".charAt(known));
            else if (one < ' ') out.append(String.format("\\u%04x", (int) one));
            else out.append(one);
        }
        return out.append('"').toString();
    }
}
