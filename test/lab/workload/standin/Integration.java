package standin;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * Stands in for a compiled Ballerina program: same start, same configuration, same deaths. Which modules it claims to be linked
 * with, and so which keys it knows, is in `standin/program.properties` and `standin/schema.txt` of its JAR.
 */
public final class Integration {
    private static final String HTTP = "ballerina.http";
    private static final String BRIDGE = "wso2.icp.runtime.bridge";
    private static final String DEFAULT = "defaultListenerConfig.";

    private final Configuration configuration;
    private final Properties program;
    private final Logs logs;
    private final AtomicLong requests = new AtomicLong();
    private final List<Listener> listeners = new ArrayList<>();
    private HttpClient upstream;

    private Integration(Configuration configuration, Properties program) throws IOException {
        this.configuration = configuration;
        this.program = program;
        logs = new Logs(configuration, program.getProperty("organization") + "/" + program.getProperty("package"));
    }

    public static void main(String[] arguments) {
        try {
            Properties program = new Properties();
            try (InputStream in = resource("program.properties")) {
                program.load(in);
            }
            List<String> schema;
            try (InputStream in = resource("schema.txt")) {
                schema = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            }
            Configuration configuration = new Configuration(program.getProperty("organization"), program.getProperty("package"), schema);
            configuration.read(arguments, System.getenv());
            configuration.warnings().forEach(text -> System.err.println("warning: " + text));
            configuration.errors().forEach(text -> System.err.println("error: " + text));
            if (!configuration.errors().isEmpty()) System.exit(1);
            new Integration(configuration, program).run();
        } catch (Exception failure) {
            System.err.println("error: " + failure.getMessage());
            System.exit(1);
        }
    }

    private static InputStream resource(String name) {
        return Integration.class.getResourceAsStream("/standin/" + name);
    }

    private void run() throws Exception {
        if (Boolean.parseBoolean(program.getProperty("defaultListener"))) listeners.add(defaultListener());
        listeners.addAll(ownListeners());
        boolean metrics = configuration.get("ballerina.observe", "enabled", false) || configuration.get("ballerina.observe", "metricsEnabled", false);
        if (metrics && Boolean.parseBoolean(program.getProperty("prometheus"))) listeners.add(metricsListener());
        upstream = client();
        trustControlPlane();
        for (Listener listener : listeners) listener.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shutdown"));
        logs.write("INFO", "started, " + listeners.size() + " listeners");
        Thread.currentThread().join();
    }

    private void stop() {
        try {
            for (Listener listener : listeners) listener.stop();
            logs.write("INFO", "stopped");
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    /** The listener that a service gets which names none: ballerina/http since 2.13.4 lets configuration move and protect it. */
    private Listener defaultListener() throws Exception {
        int port = configuration.get(HTTP, "defaultListenerPort", 9090L).intValue();
        String host = configuration.get(HTTP, DEFAULT + "host", "0.0.0.0");
        Map<String, Object> key = configuration.get(HTTP, DEFAULT + "secureSocket.key", Map.of());
        Listener.Tls tls = null;
        if (!key.isEmpty()) {
            Stores.loadNativeLibrary();
            KeyManager[] keys = key.containsKey("path")
                ? Stores.keys((String) key.get("path"), (String) key.getOrDefault("password", ""))
                : Stores.pemKeys((String) key.get("certFile"), (String) key.get("keyFile"));
            Object clients = configuration.get(HTTP, DEFAULT + "secureSocket.mutualSsl.cert", (Object) null);
            boolean required = configuration.get(HTTP, DEFAULT + "secureSocket.mutualSsl.verifyClient", "REQUIRE").equals("REQUIRE");
            List<String> protocols = configuration.get(HTTP, DEFAULT + "secureSocket.protocol.versions", List.of("TLSv1.3", "TLSv1.2"));
            List<String> ciphers = configuration.get(HTTP, DEFAULT + "secureSocket.ciphers", List.of());
            // The real one is served by OpenSSL, which the JVM's security properties do not govern.
            if (protocols.contains("TLSv1") || protocols.contains("TLSv1.1")) Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3, NULL, anon");
            tls = new Listener.Tls(keys, clients instanceof String pem ? Stores.trust(pem, "") : null, protocols, ciphers, clients != null && required);
        }
        return new Listener(host, port, tls, logs, configuration.get(HTTP, DEFAULT + "server", "ballerina"), this::answer);
    }

    /** `new http:Listener(...)` with the program's own configurable variables: ordinary JSSE, so the JVM's security properties count. */
    private List<Listener> ownListeners() throws Exception {
        List<Listener> own = new ArrayList<>();
        String host = configuration.get("-", "httpHost", "0.0.0.0");
        int httpPort = configuration.get("-", "httpPort", 0L).intValue();
        int httpsPort = configuration.get("-", "httpsPort", 0L).intValue();
        if (httpPort > 0) own.add(new Listener(host, httpPort, null, logs, "ballerina", this::answer));
        if (httpsPort > 0) {
            KeyManager[] keys = Stores.keys(configuration.get("-", "keystorePath", ""), configuration.get("-", "keystorePassword", ""));
            List<String> protocols = configuration.get("-", "httpsProtocols", List.of());
            List<String> ciphers = configuration.get("-", "httpsCiphers", List.of());
            own.add(new Listener(host, httpsPort, new Listener.Tls(keys, null, protocols, ciphers, false), logs, "ballerina", this::answer));
        }
        return own;
    }

    private Listener metricsListener() throws Exception {
        String host = configuration.get("ballerinax.prometheus", "host", "0.0.0.0");
        int port = configuration.get("ballerinax.prometheus", "port", 9797L).intValue();
        return new Listener(host, port, null, logs, "ballerina", exchange ->
            new Listener.Answer(200, "text/plain", "requests_total_value " + requests.get() + "\n"));
    }

    private HttpClient client() throws Exception {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2));
        if (!configuration.get("-", "upstreamUrl", "").startsWith("https:")) return builder.build();
        String trusted = configuration.get("-", "upstreamSecureSocket.cert", configuration.get("-", "truststorePath", ""));
        String password = configuration.get("-", "upstreamSecureSocket.password", configuration.get("-", "truststorePassword", ""));
        boolean checked = configuration.get("-", "upstreamSecureSocket.enable", true);
        if (!checked || !configuration.get("-", "upstreamSecureSocket.verifyHostName", true))
            System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
        SSLContext context = checked
            ? Stores.context(null, trusted.isEmpty() ? null : Stores.trust(trusted, password))
            : Stores.context(null, Stores.ANYONE);
        SSLParameters parameters = context.getDefaultSSLParameters();
        return builder.sslContext(context).sslParameters(parameters).build();
    }

    /** The bridge reads the control plane's certificate when it makes its client, and dies of one that it cannot read. */
    private void trustControlPlane() throws Exception {
        String certificate = configuration.get(BRIDGE, "cert", "");
        if (configuration.get(BRIDGE, "enableSSL", false) && !certificate.isEmpty()) Stores.trust(certificate, "");
    }

    private Listener.Answer answer(HttpExchange exchange) throws Exception {
        requests.incrementAndGet();
        String path = exchange.getRequestURI().getPath();
        logs.write("DEBUG", "request " + path);
        switch (path) {
            case "/health":
                return new Listener.Answer(200, "application/json", "{\"status\":\"UP\"}\n");
            case "/orders":
                return new Listener.Answer(200, "application/json", "[{\"id\":1,\"state\":\"shipped\"}]\n");
            case "/upstream":
                return new Listener.Answer(200, "text/plain", callUpstream());
            default:
                return new Listener.Answer(404, "text/plain", "no matching resource found for path\n");
        }
    }

    private String callUpstream() throws Exception {
        URI target = URI.create(configuration.get("-", "upstreamUrl", ""));
        HttpRequest request = HttpRequest.newBuilder(target)
            .timeout(Duration.ofSeconds(5))
            .header("x-api-key", configuration.get("-", "apiKey", ""))
            .build();
        HttpResponse<String> response = upstream.send(request, HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + "\n" + response.body();
    }
}
