package standin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/** One socket that speaks HTTP or HTTPS. */
final class Listener {
    interface Handler {
        Answer answer(HttpExchange exchange) throws Exception;
    }

    record Answer(int status, String type, String body) {}

    /** Empty lists leave the JVM's own choice. `needsClient`: mutual TLS. */
    record Tls(KeyManager[] keys, TrustManager[] trust, List<String> protocols, List<String> ciphers, boolean needsClient) {}

    private final HttpServer server;
    private final ExecutorService workers;
    private final AtomicInteger active = new AtomicInteger();

    Listener(String host, int port, Tls tls, Logs logs, String serverHeader, Handler handler) throws Exception {
        InetSocketAddress address = new InetSocketAddress(host, port);
        try {
            server = tls == null ? HttpServer.create(address, 0) : HttpsServer.create(address, 0);
        } catch (BindException taken) {
            throw new IOException("failed to start server connector '" + host + ":" + port + "': " + taken.getMessage());
        }
        if (tls != null) ((HttpsServer) server).setHttpsConfigurator(configurator(tls));
        ThreadFactory daemons = task -> {
            Thread thread = new Thread(task, "listener-" + port);
            thread.setDaemon(true);
            return thread;
        };
        workers = Executors.newFixedThreadPool(8, daemons);
        server.setExecutor(workers);
        server.createContext("/", exchange -> {
            active.incrementAndGet();
            try (exchange) {
                Answer answer;
                try {
                    answer = handler.answer(exchange);
                } catch (Exception wrong) {
                    logs.write("ERROR", exchange.getRequestURI().getPath() + ": " + wrong.getMessage());
                    answer = new Answer(502, "text/plain", String.valueOf(wrong.getMessage()) + "\n");
                }
                byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", answer.type());
                exchange.getResponseHeaders().set("Server", serverHeader);
                String client = exchange.getRemoteAddress().getAddress().getHostAddress();
                logs.trace("INBOUND " + exchange.getRequestMethod() + " " + exchange.getRequestURI(), String.valueOf(exchange.getRequestHeaders().entrySet()));
                logs.access(client, exchange.getRequestMethod(), String.valueOf(exchange.getRequestURI()), answer.status(), body.length);
                exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            } finally {
                active.decrementAndGet();
            }
        });
    }

    private static HttpsConfigurator configurator(Tls tls) throws Exception {
        SSLContext context = Stores.context(tls.keys(), tls.trust());
        return new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters chosen = context.getDefaultSSLParameters();
                if (!tls.protocols().isEmpty()) chosen.setProtocols(tls.protocols().toArray(String[]::new));
                if (!tls.ciphers().isEmpty()) chosen.setCipherSuites(tls.ciphers().toArray(String[]::new));
                chosen.setNeedClientAuth(tls.needsClient());
                parameters.setSSLParameters(chosen);
            }
        };
    }

    void start() {
        server.start();
    }

    /** Requests that are being answered get two seconds to end. */
    void stop() throws InterruptedException {
        for (int waited = 0; active.get() > 0 && waited < 2000; waited += 20) Thread.sleep(20);
        server.stop(0);
        workers.shutdown();
    }
}
