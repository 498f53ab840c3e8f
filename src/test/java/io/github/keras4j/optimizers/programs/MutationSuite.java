package io.github.keras4j.optimizers.programs;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static org.junit.platform.engine.discovery.ClassNameFilter.excludeClassNamePatterns;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import io.github.keras4j.optimizers.Optimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * All tests in a few portions, for mutation tests alone: to run thousands of tests one by one for
 * every mutant would take days. Few mutants outlive a sample of the largest classes.
 *
 * <p>Left out are those that look at compiled classes from outside, where no mutant is.
 */
class MutationSuite {
  private static final String[] FROM_OUTSIDE = {
    ".*\\.CompilersTest", ".*\\.docs\\..*", ".*\\.KillTest", ".*\\.StructureTest"
  };

  private static final Set<String> LARGE =
      Set.of(
          "AllocationTest",
          "BadInputTest",
          "CheckpointTest",
          "CustomOptimizerTest",
          "DamagedFileTest",
          "GoldenTest",
          "HelpersTest",
          "HostileFileTest",
          "JsonTest",
          "KeptArraysTest",
          "LazyRowsTest",
          "NewtonSchulzTest",
          "NpzTest",
          "ParallelismTest",
          "PlainOptimizer3Test",
          "PlainOptimizerTest",
          "RejectionContractTest",
          "ResumeTest",
          "RowsRejectionTest",
          "RowsStateTest",
          "RowsTest",
          "RowsThreadsTest",
          "StackOverflowTest",
          "StateContractTest",
          "StepArraysTest",
          "StepContractTest",
          "ThreadsTest",
          "TouchedRowsTest",
          "UnchangedContractTest",
          "WholeTensorsTest");

  private static final String OTHERS = "all other classes";
  private static final String SAMPLE = "a sample";
  private static final Set<String> SAMPLED =
      Set.of("BadInputTest", "GoldenTest", "RowsTest", "StateContractTest", "StepContractTest");
  private static final int SAMPLE_SHARE = 25;

  private static final Launcher LAUNCHER =
      LauncherFactory.create(
          LauncherConfig.builder()
              .enableTestExecutionListenerAutoRegistration(false)
              .enableLauncherSessionListenerAutoRegistration(false)
              .build());

  /** By name. The sample last, when all is loaded, since the quickest are tried first. */
  private static final Map<String, List<Class<?>>> PORTIONS = portions();

  private static volatile Throwable failure;
  private static volatile int share;
  private static int count;

  private static Map<String, List<Class<?>>> portions() {
    TestPlan plan =
        LAUNCHER.discover(
            request()
                .selectors(selectPackage(Optimizer.class.getPackageName()))
                .filters(includeClassNamePatterns(".*Test"), excludeClassNamePatterns(FROM_OUTSIDE))
                .build());
    List<Class<?>> classes =
        plan.getRoots().stream()
            .flatMap(engine -> plan.getChildren(engine).stream())
            .flatMap(tests -> tests.getSource().stream())
            .<Class<?>>map(source -> ((ClassSource) source).getJavaClass())
            .collect(toList());
    Map<String, List<Class<?>>> portions =
        classes.stream()
            .collect(
                groupingBy(
                    tests -> LARGE.contains(tests.getSimpleName()) ? tests.getName() : OTHERS,
                    LinkedHashMap::new,
                    toList()));
    portions.put(
        SAMPLE,
        classes.stream()
            .filter(tests -> SAMPLED.contains(tests.getSimpleName()))
            .collect(toList()));
    return portions;
  }

  static Set<String> names() {
    return PORTIONS.keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void passes(String portion) throws Throwable {
    failure = null;
    share = portion.equals(SAMPLE) ? SAMPLE_SHARE : 1;
    count = 0;
    LAUNCHER.execute(
        request()
            .selectors(
                PORTIONS.get(portion).stream()
                    .map(DiscoverySelectors::selectClass)
                    .collect(toList()))
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
      if (failure == null && result.getStatus() == TestExecutionResult.Status.FAILED) {
        failure = result.getThrowable().orElseThrow();
      }
    }
  }

  /** Runs a share of the tests, until one has failed. Found by its name in META-INF/services. */
  public static final class Choice implements ExecutionCondition {
    /** Compares with a separate process, where no mutant is. */
    private static final String FROM_OUTSIDE = "givesTheSameBitsInterpretedAndCompiled";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (failure != null) {
        return ConditionEvaluationResult.disabled("a test has failed");
      }
      if (context.getTestMethod().filter(test -> test.getName().equals(FROM_OUTSIDE)).isPresent()) {
        return ConditionEvaluationResult.disabled("looks from outside");
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
