// A listener whose port, address and limits come from configuration, for programs that do not use http:getDefaultListener().
// Put it beside the services and write "service /... on secured" instead of "on new http:Listener(9090)".
import ballerina/http;

// In Config.toml, before any table:
//   listenerPort = 9443
//   listenerHost = "127.0.0.1"
configurable int listenerPort = ?;
configurable string listenerHost = "127.0.0.1";

listener http:Listener secured = new (listenerPort, {
    host: listenerHost,
    // The default says which program it is.
    server: "app",
    timeout: 60,
    requestLimits: {
        maxUriLength: 4096,
        maxHeaderSize: 8192,
        maxEntityBodySize: 10485760
    }
});
