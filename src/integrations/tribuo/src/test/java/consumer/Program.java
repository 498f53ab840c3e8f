package consumer;

import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import io.github.keras4j.tribuo.KerasOptimiser;

/** What uses the library as a module, in a separate JVM. */
public final class Program {
  private Program() {}

  public static void main(String[] args) {
    ConfigurationManager manager = new ConfigurationManager();
    manager.addConfiguration(
        ProvenanceUtil.extractConfiguration(new KerasOptimiser("adamw").getProvenance()));
    System.out.println(KerasOptimiser.class.getModule());
    System.out.println(manager.lookup("kerasoptimiser-0"));
  }
}
