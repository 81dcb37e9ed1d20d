// Deploys through the API of `soapstone serve` with Java and JAX-WS (default-jdk-headless, libjaxws-java). In a folder with
// manager.wsdl and types.xsd, as curl fetches them from /manager?wsdl and /types.xsd, and the manager's certificate.pem:
//   java -cp '/usr/share/java/*' com.sun.tools.ws.WsImport -Xnocompile -p soapstone manager.wsdl
//   javac -cp '/usr/share/java/*' -d classes Deploy.java soapstone/*.java
//   keytool -importcert -noprompt -file certificate.pem -storetype JKS -keystore trust.jks -storepass changeit -alias manager
// usage: java -cp 'classes:/usr/share/java/*' -Djavax.net.ssl.trustStore=trust.jks Deploy \
// https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// COMPONENT and CREDENTIAL: names of what the manager keeps.
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.xml.ws.*;
import javax.xml.ws.handler.MessageContext;
import soapstone.*;

public class Deploy {
    static ManagerPortType manager;

    static void follow(String run) throws Fault {
        Holder<List<RunEvent>> events = new Holder<>();
        Holder<Long> last = new Holder<>(0L);
        Holder<RunState> state = new Holder<>();
        do {
            manager.getRunEvents(run, last.value, 20, 100, events, last, state);
            for (RunEvent event : events.value)
                if (event.getOutcome() != null)
                    System.out.println(event.getTarget() + " " + event.getOutcome().value());
                else if (event.getOutput() != null)
                    System.out.println(event.getTarget() + " " + event.getOutput().strip());
        } while (!events.value.isEmpty() || state.value == RunState.RUNNING);
    }

    public static void main(String[] words) throws Exception {
        manager = new ManagerService(new File("manager.wsdl").toURI().toURL()).getManager();
        Map<String, Object> context = ((BindingProvider) manager).getRequestContext();
        context.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, words[0] + "/manager");
        String token = Files.readString(Path.of(words[2])).strip();
        context.put(MessageContext.HTTP_REQUEST_HEADERS, Map.of("Authorization", List.of("Bearer " + token)));
        KnownTarget target = new KnownTarget();
        target.setName("bücher");
        target.setAddress(words[3]);
        target.setUser(words[4]);
        target.setBecome("sudo");
        target.getGroups().add("examples");
        System.out.println("known " + manager.putTargets(List.of(target)));
        List<String> all = List.of("@examples");
        String key = UUID.randomUUID().toString();
        String look = manager.takeInventory(key + "-look", all, null, null, null, null, null, words[6]);
        follow(look);
        System.out.println("inventory " + (manager.getInventory(look, "bücher").length() > 100 ? "True" : "False"));
        String run = manager.deploy(key, all, List.of(words[5]), null, null, null, null, null, words[6]);
        follow(run);
        String started = manager.getRun(run).getStartedAt().toGregorianCalendar().toInstant().toString();
        System.out.println("started " + started.substring(0, 16) + "Z");
        for (KeptLog log : manager.getLogs(run, "bücher")) {
            if (!log.getName().contains(words[5]))
                continue;
            Holder<byte[]> bytes = new Holder<>();
            manager.readLog(run, "bücher", log.getName(), 0, 80, bytes, new Holder<>(), new Holder<>());
            String text = new String(bytes.value, StandardCharsets.UTF_8);
            System.out.println("log " + log.getSize() + " " + text.split("\n")[0]);
        }
        Holder<List<KnownTarget>> others = new Holder<>();
        manager.getTargets("nobody", null, 10, others, new Holder<>());
        System.out.println("others " + others.value.size());
        try {
            manager.getLogs(run, "nobody");
        } catch (Fault fault) {
            ErrorInfo info = fault.getFaultInfo();
            System.out.println("fault " + info.getCode().value() + " " + info.getTarget() + " " + (info.isRetryable() ? "True" : "False"));
        }
    }
}
