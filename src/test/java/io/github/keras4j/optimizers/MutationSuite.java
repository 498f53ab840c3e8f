package io.github.keras4j.optimizers;

import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * All tests, a class of them at a time, for mutation tests alone: to run thousands of tests one by
 * one for every mutant would take days. Few mutants outlive a sample of the largest classes.
 *
 * <p>Left out are those that look at compiled classes from outside, where no mutant is.
 */
class MutationSuite {
  private static final String[] FROM_OUTSIDE = {
    ".*\\.CompilersTest", ".*\\.DocsTest", ".*\\.KillTest", ".*\\.StructureTest"
  };

  private static final Launcher LAUNCHER =
      LauncherFactory.create(
          LauncherConfig.builder()
              .enableTestExecutionListenerAutoRegistration(false)
              .enableLauncherSessionListenerAutoRegistration(false)
              .build());

  private static final List<String> CLASSES = findClasses();

  private static final String SAMPLE = "a sample";
  private static final int SAMPLE_SHARE = 50;
  private static final List<ClassSelector> SAMPLED =
      List.of(
          selectClass(GoldenTest.class),
          selectClass(ContractTest.class),
          selectClass(BadInputTest.class));

  private static volatile Throwable failure;
  private static volatile int share = 1;
  private static int count;

  private static List<String> findClasses() {
    TestPlan plan =
        LAUNCHER.discover(
            request()
                .selectors(selectPackage(MutationSuite.class.getPackageName()))
                .filters(includeClassNamePatterns(".*Test"), excludeClassNamePatterns(FROM_OUTSIDE))
                .build());
    return plan.getRoots().stream()
        .flatMap(engine -> plan.getChildren(engine).stream())
        .flatMap(tests -> tests.getSource().stream())
        .map(source -> ((ClassSource) source).getClassName())
        .sorted()
        .toList();
  }

  /** The sample last, when all is loaded: the quickest are tried first on a mutant. */
  static Stream<String> portions() {
    return Stream.concat(CLASSES.stream(), Stream.of(SAMPLE));
  }

  @ParameterizedTest
  @MethodSource("portions")
  void passes(String portion) throws Throwable {
    boolean sample = portion.equals(SAMPLE);
    failure = null;
    share = sample ? SAMPLE_SHARE : 1;
    count = 0;
    LAUNCHER.execute(
        request()
            .selectors(sample ? SAMPLED : List.of(selectClass(portion)))
            .filters(excludeTags("jazzer"))
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
            .configurationParameter(
                "junit.jupiter.extensions.autodetection.include", Choice.class.getName())
            .build(),
        new FailureListener());
    if (failure != null) {
      throw failure;
    }
  }

  private static final class FailureListener implements TestExecutionListener {
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (failure == null) {
        failure = result.getThrowable().filter(thrown -> isFailure(result)).orElse(null);
      }
    }

    private static boolean isFailure(TestExecutionResult result) {
      return result.getStatus() == TestExecutionResult.Status.FAILED;
    }
  }

  /** Runs a share of the tests, until one has failed. Found by its name in META-INF/services. */
  public static final class Choice implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (failure != null) {
        return ConditionEvaluationResult.disabled("a test has failed");
      }
      return isTest(context) && count++ % share != 0
          ? ConditionEvaluationResult.disabled("not in the sample")
          : ConditionEvaluationResult.enabled("no failure yet");
    }

    private static boolean isTest(ExtensionContext context) {
      String id = context.getUniqueId();
      String last = id.substring(id.lastIndexOf('['));
      return last.startsWith("[method:") || last.startsWith("[test-template-invocation:");
    }
  }
}
