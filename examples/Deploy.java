// Deploys through the API of `soapstone serve` with Java and JAX-WS (default-jdk-headless, libjaxws-java). In a folder
// with manager.wsdl, types.xsd (from /manager?wsdl and /types.xsd) and the manager's certificate.pem:
//   java -cp '/usr/share/java/*' com.sun.tools.ws.WsImport -Xnocompile -p soapstone manager.wsdl
//   javac -cp '/usr/share/java/*' -d classes Deploy.java soapstone/*.java
//   keytool -import -noprompt -file certificate.pem -storetype JKS -keystore trust.jks -storepass changeit
// usage: java -cp 'classes:/usr/share/java/*' -Djavax.net.ssl.trustStore=trust.jks Deploy \
// https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL (the last two: names of what is kept)
import java.nio.file.*;
import java.util.*;
import javax.xml.ws.*;
import javax.xml.ws.handler.MessageContext;
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
                if (event.getOutcome() != null || event.getOutput() != null)
                    System.out.println(event.getTarget() + " "
                        + (event.getOutcome() != null ? event.getOutcome().value() : event.getOutput().strip()));
        } while (!events.value.isEmpty() || state.value == RunState.RUNNING);
        return run;
    }

    public static void main(String[] words) throws Exception {
        String token = Files.readString(Path.of(words[2])).strip(), component = words[5], login = words[6];
        manager = new ManagerService(Path.of("manager.wsdl").toUri().toURL()).getManager();
        var context = ((BindingProvider) manager).getRequestContext();
        context.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, words[0] + "/manager");
        context.put(MessageContext.HTTP_REQUEST_HEADERS, Map.of("Authorization", List.of("Bearer " + token)));
        var target = new KnownTarget();
        target.setName("bücher");
        target.setAddress(words[3]);
        target.setUser(words[4]);
        target.setBecome("sudo");
        target.getGroups().add("examples");
        System.out.println("known " + manager.putTargets(List.of(target)));
        String key = UUID.randomUUID().toString(), name = target.getName();
        var all = List.of("@examples");
        var look = follow(manager.takeInventory(key + "-look", all, null, null, null, null, null, login));
        System.out.println("inventory " + (manager.getInventory(look, name).length() > 100 ? "True" : "False"));
        var run = follow(manager.deploy(key, all, List.of(component), null, null, null, null, null, login));
        System.out.printf("started %.16sZ%n", manager.getRun(run).getStartedAt());
        var log = manager.getLogs(run, name).stream().filter(one -> one.getName().contains(component)).findAny().get();
        var bytes = new Holder<byte[]>();
        manager.readLog(run, name, log.getName(), 0, 80, bytes, new Holder<>(), new Holder<>());
        System.out.println("log " + log.getSize() + " " + new String(bytes.value, "UTF-8").split("\n")[0]);
        var others = new Holder<List<KnownTarget>>();
        manager.getTargets("nobody", null, 10, others, new Holder<>());
        System.out.println("others " + others.value.size());
        try {
            manager.getLogs(run, "nobody");
        } catch (Fault fault) {
            var info = fault.getFaultInfo();
            System.out.println("fault " + info.getCode().value() + " " + info.getTarget() + " "
                + (info.isRetryable() ? "True" : "False"));
        }
    }
}
