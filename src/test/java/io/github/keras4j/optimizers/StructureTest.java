package io.github.keras4j.optimizers;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.github.keras4j.optimizers.keras3.BaseOptimizer;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.tables.Entry;
import io.github.keras4j.optimizers.tables.OptimizerTable;
import io.github.keras4j.optimizers.tables.ScheduleTable;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for the whole library, whoever adds to it. */
class StructureTest {
  private static final Path CLASSES = Path.of("target", "classes");
  private static final JavaClasses LIBRARY = new ClassFileImporter().importPath(CLASSES);
  private static final Set<String> EXPORTED =
      ModuleFinder.of(CLASSES).findAll().stream()
          .flatMap(module -> module.descriptor().exports().stream())
          .filter(exports -> !exports.isQualified())
          .map(ModuleDescriptor.Exports::source)
          .collect(Collectors.toSet());

  private static final String PACKAGE = Optimizer.class.getPackageName();

  @Test
  void dependsOnNothingButJavaBase() {
    Set<Module> modules =
        LIBRARY.stream()
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(type -> !type.isPrimitive())
            .map(type -> type.reflect().getModule())
            .collect(Collectors.toSet());
    assertThat(modules)
        .containsExactlyInAnyOrder(Object.class.getModule(), Optimizer.class.getModule());
  }

  /** So that each can be read in one go, also in the integrations. */
  @Test
  void keepsFilesShort() throws IOException {
    Map<Path, Integer> lines = new HashMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      for (Path file : files.filter(StructureTest::isOfAMain).toList()) {
        lines.put(file, Files.readAllLines(file).size());
      }
    }
    assertThat(lines).hasSizeGreaterThan(200);
    assertThat(lines).allSatisfy((file, count) -> assertThat(count).isLessThanOrEqualTo(400));
    assertThat(lines.values().stream().filter(count -> count > 350)).hasSizeLessThanOrEqualTo(6);
  }

  private static boolean isOfAMain(Path file) {
    String path = file.toString().replace('\\', '/');
    return path.contains("/main/java/") && path.endsWith(".java");
  }

  @Test
  void makesExactlyTheDocumentedTypesPublic() {
    Set<String> documented =
        OptimizerTable.all()
            .filter(Entry::isOfTheLibrary)
            .map(entry -> entry.type().getName().substring(PACKAGE.length() + 1))
            .collect(Collectors.toSet());
    documented.addAll(
        List.of(
            "Optimizer",
            "Optimizers",
            "OptimizerState",
            "Hyperparameters",
            "HyperparameterBuilder",
            "TensorSpec",
            "Gradient",
            "GradientCheck",
            "NumericalGradient",
            "ExampleLoss",
            "GradientSum",
            "MeanLoss",
            "LossFunction",
            "RowLossFunction",
            "Checkpoint",
            "builders.Amsgrad",
            "builders.Betas",
            "builders.Decay",
            "builders.Epsilon",
            "builders.Momentum",
            "builders.Nesterov",
            "builders.Rho",
            "builders.CommonOfKeras2",
            "builders.CommonOfKeras3",
            "builders.Setter",
            "keras3.BaseOptimizer",
            "Variable",
            "Scalar",
            "schedules.LearningRateSchedule",
            "schedules.ReduceLROnPlateau",
            "constraints.Constraint",
            "constraints.NonNeg",
            "constraints.MaxNorm",
            "constraints.UnitNorm",
            "constraints.MinMaxNorm"));
    ScheduleTable.all().forEach(row -> documented.add("schedules." + row.name()));
    assertThat(
            LIBRARY.stream()
                .filter(type -> isPublic(type) && type.getEnclosingClass().isEmpty())
                .filter(StructureTest::isExported)
                .map(type -> type.getName().substring(PACKAGE.length() + 1)))
        .containsExactlyInAnyOrderElementsOf(documented);
  }

  @Test
  void makesEveryPublicClassFinalOrAbstract() {
    classes()
        .that(describe("are public", StructureTest::isPublic))
        .should(
            new ArchCondition<>("be final or abstract") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean ok =
                    type.getModifiers().contains(FINAL) || type.getModifiers().contains(ABSTRACT);
                events.add(new SimpleConditionEvent(type, ok, type.getName()));
              }
            })
        .check(LIBRARY);
  }

  /** Except where a guard is left, which must not be by a method call: see Guard. */
  @Test
  void makesNoMutableFieldPublicOrStatic() {
    fields()
        .that()
        .doNotHaveName("owner")
        .and()
        .arePublic()
        .or()
        .areProtected()
        .or()
        .areStatic()
        .should()
        .beFinal()
        .check(LIBRARY);
  }

  @Test
  void letsOnlyTheRegistryKnowTheOptimizers() {
    assertThat(
            LIBRARY.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(dependency -> isConcreteOptimizer(outermost(dependency.getTargetClass())))
                .filter(
                    dependency ->
                        outermost(dependency.getOriginClass())
                            != outermost(dependency.getTargetClass()))
                .map(dependency -> outermost(dependency.getOriginClass()).getSimpleName()))
        .containsOnly("Optimizers");
  }

  /** Which names all optimizers, so that whoever asks it depends on every one of them. */
  @Test
  void letsFewKnowTheRegistry() {
    assertThat(
            LIBRARY.stream()
                .filter(type -> outermost(type) != LIBRARY.get(Optimizers.class))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(
                    dependency ->
                        outermost(dependency.getTargetClass()).isEquivalentTo(Optimizers.class))
                .map(dependency -> outermost(dependency.getOriginClass()).getSimpleName())
                .distinct())
        .isSubsetOf(
            "Optimizer",
            "States",
            "Checkpoint", // makes the optimizer of a file
            "MultiOptimizer", // makes the optimizers of its groups
            "OptimizerMap");
  }

  /** The registry apart, packages depend on each other in one direction. */
  @Test
  void keepsPackagesFreeOfCycles() {
    slices()
        .assignedFrom(
            new SliceAssignment() {
              @Override
              public SliceIdentifier getIdentifierOf(JavaClass type) {
                return SliceIdentifier.of(type.getPackageName());
              }

              @Override
              public String getDescription() {
                return "packages";
              }
            })
        .should()
        .beFreeOfCycles()
        .check(
            LIBRARY.that(
                describe(
                    "are not the registry",
                    type -> !outermost(type).isEquivalentTo(Optimizers.class))));
  }

  @Test
  void keepsConfigurationsFreeOfWhatIsMadeFromThem() {
    classes()
        .that()
        .resideInAPackage("..configuration")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(PACKAGE + ".configuration", PACKAGE + ".text", "java..")
        .check(LIBRARY);
  }

  /** Except for what lowers the rate of any optimizer, by the base class alone. */
  @Test
  void keepsTheSchedulesFreeOfTheOptimizers() {
    Set<String> known =
        LIBRARY.stream()
            .filter(type -> type.getPackageName().equals(PACKAGE + ".schedules"))
            .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
            .filter(
                dependency ->
                    Set.of(PACKAGE, PACKAGE + ".keras3")
                        .contains(dependency.getTargetClass().getPackageName()))
            .map(
                dependency ->
                    (outermost(dependency.getTargetClass()).getSimpleName() + " in ")
                        + outermost(dependency.getOriginClass()).getSimpleName())
            .filter(pair -> !pair.startsWith("Hyperparameters in "))
            .collect(Collectors.toSet());
    assertThat(known).containsExactly("Optimizer in ReduceLROnPlateau");
  }

  /** A step applies them, so that they know no optimizer. */
  @Test
  void keepsTheConstraintsFreeOfTheOptimizers() {
    classes()
        .that()
        .resideInAPackage(PACKAGE + ".constraints")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            PACKAGE + ".constraints", PACKAGE + ".configuration", PACKAGE + ".text", "java..")
        .check(LIBRARY);
  }

  /** What files are made of can be read, tested and measured by itself, and no user sees it. */
  @Test
  void keepsStorageFreeOfAllElseAndToItself() {
    noClasses()
        .that()
        .resideInAPackage("..storage")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.github.keras4j..")
                .and(not(resideInAPackage("..storage")))
                .and(not(resideInAPackage("..text"))))
        .check(LIBRARY);
    assertThat(EXPORTED)
        .containsExactlyInAnyOrder(
            PACKAGE,
            PACKAGE + ".builders",
            PACKAGE + ".constraints",
            PACKAGE + ".keras3",
            PACKAGE + ".schedules");
  }

  /** A message has the same digits wherever the program runs. */
  @Test
  void formatsInOneLocale() {
    noClasses()
        .should()
        .callMethod(String.class, "format", String.class, Object[].class)
        .check(LIBRARY);
  }

  /** Which the garbage collector frees late or, with some JVMs' options, never. */
  @Test
  void takesNoMemoryOutsideTheHeap() {
    noClasses().should().callMethod(ByteBuffer.class, "allocateDirect", int.class).check(LIBRARY);
  }

  /** What a step is made of can be read, tested and measured by itself. */
  @Test
  void keepsTheEngineFreeOfAllElse() {
    String engine = Optimizer.class.getPackageName() + ".engine";
    classes()
        .that()
        .resideInAPackage(engine)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(engine, PACKAGE + ".text", "java..")
        .check(LIBRARY);
  }

  /** Their order, and what surrounds a formula, can be read without any optimizer. */
  @Test
  void letsTheStepKnowNoOptimizer() {
    classes()
        .that()
        .resideInAPackage(PACKAGE + ".step")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            PACKAGE + ".step",
            PACKAGE + ".engine",
            PACKAGE + ".constraints",
            PACKAGE + ".configuration",
            PACKAGE + ".text",
            "java..")
        .check(LIBRARY);
  }

  /** Few enough to be read at once by who writes an optimizer. */
  @Test
  void showsAuthorsFewProtectedMembers() throws ClassNotFoundException {
    List<String> ofOptimizer =
        Stream.of(
                Optimizer.class,
                Optimizer.Builder.class,
                Class.forName(PACKAGE + ".ToldOptimizer"),
                Class.forName(PACKAGE + ".Formula"))
            .flatMap(StructureTest::protectedMembers)
            .toList();
    List<String> added =
        Stream.of(BaseOptimizer.class, BaseOptimizer.Builder.class)
            .flatMap(StructureTest::protectedMembers)
            .filter(member -> !ofOptimizer.contains(member))
            .toList();

    assertThat(ofOptimizer).hasSizeLessThanOrEqualTo(12).contains("updateStep", "beginStep");
    assertThat(added).hasSizeLessThanOrEqualTo(8).contains("weightsOrder");
  }

  /** Methods, constructors and nested types, by name; one for each overload. */
  private static Stream<String> protectedMembers(Class<?> type) {
    Stream<Member> members =
        Stream.of(
                type.getDeclaredMethods(), type.getDeclaredConstructors(), type.getDeclaredFields())
            .flatMap(Stream::<Member>of)
            .filter(member -> !member.isSynthetic());
    return Stream.concat(
        members.filter(member -> Modifier.isProtected(member.getModifiers())).map(Member::getName),
        Stream.of(type.getDeclaredClasses())
            .filter(nested -> Modifier.isProtected(nested.getModifiers()))
            .map(Class::getSimpleName));
  }

  /** What no other test sees, since none cuts the power. */
  @Test
  void forcesACheckpointToTheDiskBeforeItIsMovedAndItsFolderAfter() {
    assertThat(
            LIBRARY.get(AtomicFile.class).getMethodCallsFromSelf().stream()
                .filter(call -> Set.of("force", "move", "moveInPlace").contains(call.getName()))
                .sorted(Comparator.comparingInt(JavaMethodCall::getLineNumber))
                .map(
                    call ->
                        String.format(
                            "%s calls %s.%s",
                            call.getOrigin().getName(),
                            call.getTargetOwner().getSimpleName(),
                            call.getName())))
        .containsExactly(
            "replace calls AtomicFile.moveInPlace",
            "replace calls FileChannel.force",
            "moveInPlace calls FileChannel.force",
            "moveInPlace calls Files.move");
  }

  private static boolean isConcreteOptimizer(JavaClass type) {
    return type.isAssignableTo(Optimizer.class) && !type.getModifiers().contains(ABSTRACT);
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(StructureTest::outermost).orElse(type);
  }

  /** Public in a package that the module shows to its users. */
  private static boolean isExported(JavaClass type) {
    return isPublic(type) && EXPORTED.contains(type.getPackageName());
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(PUBLIC);
  }
}
