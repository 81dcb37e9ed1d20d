// Deploys through the API of `soapstone serve` with Java and JAX-WS (default-jdk-headless, libjaxws-java).
// In a folder with manager.wsdl and types.xsd, as curl fetches them from /manager?wsdl and /types.xsd, and
// the manager's certificate.pem:
//   java -cp '/usr/share/java/*' com.sun.tools.ws.WsImport -Xnocompile -p soapstone manager.wsdl
//   javac -cp '/usr/share/java/*' -d classes Deploy.java soapstone/*.java
//   keytool -import -noprompt -file certificate.pem -storetype JKS -keystore trust.jks -storepass changeit
// usage: java -cp 'classes:/usr/share/java/*' -Djavax.net.ssl.trustStore=trust.jks Deploy \
// https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// COMPONENT and CREDENTIAL: names of what the manager keeps.
import static java.lang.System.out;
import static javax.xml.ws.BindingProvider.ENDPOINT_ADDRESS_PROPERTY;
import static javax.xml.ws.handler.MessageContext.HTTP_REQUEST_HEADERS;

import java.nio.file.*;
import java.util.*;
import javax.xml.ws.*;
import soapstone.*;

public class Deploy {
    static ManagerPortType manager;

    static String follow(String run) throws Fault {
        var events = new Holder<List<RunEvent>>();
        var last = new Holder<>(0L);
        var state = new Holder<RunState>();
        do {
            manager.getRunEvents(run, last.value, 20, 100, events, last, state);
            for (var event : events.value)
                if (event.getOutcome() != null)
                    out.println(event.getTarget() + " " + event.getOutcome().value());
                else if (event.getOutput() != null)
                    out.println(event.getTarget() + " " + event.getOutput().strip());
        } while (!events.value.isEmpty() || state.value == RunState.RUNNING);
        return run;
    }

    public static void main(String[] words) throws Exception {
        String token = Files.readString(Path.of(words[2])).strip(), component = words[5], login = words[6];
        manager = new ManagerService(Path.of("manager.wsdl").toUri().toURL()).getManager();
        var context = ((BindingProvider) manager).getRequestContext();
        context.put(ENDPOINT_ADDRESS_PROPERTY, words[0] + "/manager");
        context.put(HTTP_REQUEST_HEADERS, Map.of("Authorization", List.of("Bearer " + token)));
        var target = new KnownTarget();
        target.setName("bücher");
        target.setAddress(words[3]);
        target.setUser(words[4]);
        target.setBecome("sudo");
        target.getGroups().add("examples");
        out.println("known " + manager.putTargets(List.of(target)));
        String key = UUID.randomUUID().toString(), name = target.getName();
        var all = List.of("@examples");
        var look = follow(manager.takeInventory(key + "-look", all, null, null, null, null, null, login));
        out.println("inventory " + (manager.getInventory(look, name).length() > 100 ? "True" : "False"));
        var run = follow(manager.deploy(key, all, List.of(component), null, null, null, null, null, login));
        out.printf("started %.16sZ%n", manager.getRun(run).getStartedAt());
        for (var log : manager.getLogs(run, name))
            if (log.getName().contains(component)) {
                var bytes = new Holder<byte[]>();
                manager.readLog(run, name, log.getName(), 0, 80, bytes, new Holder<>(), new Holder<>());
                var text = new String(bytes.value, "UTF-8");
                out.println("log " + log.getSize() + " " + text.split("\n")[0]);
            }
        try {
            manager.getLogs(run, "nobody");
        } catch (Fault fault) {
            var info = fault.getFaultInfo();
            out.printf("fault %s %s %s%n", info.getCode().value(), info.getTarget(),
                info.isRetryable() ? "True" : "False");
        }
    }
}
