package org.elasticsearch.bootstrap;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.transport.BoundTransportAddress;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.node.NodeValidationException;
import org.elasticsearch.plugins.PluginsLoader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs one Elasticsearch node in this process until it is told to end.
 *
 * The server's own main class starts an agent that polices plugins and is not among the published jars; everything
 * else of a start is done here in the same order. It stands in the server's package because several of those steps
 * are visible there only. Arguments: the home folder, the configuration folder.
 */
public final class OneNode extends Node {

    private OneNode(Environment environment, PluginsLoader plugins) {
        super(environment, plugins);
    }

    /** The checks of a real start: refusals (such as a wrong JVM) are the server's own. */
    @Override
    protected void validateNodeBeforeAcceptingRequests(
        BootstrapContext context, BoundTransportAddress address, List<BootstrapCheck> checks
    ) throws NodeValidationException {
        BootstrapChecks.check(context, address, checks);
    }

    public static void main(String[] arguments) throws Exception {
        Environment environment = readEnvironment(Path.of(arguments[0]), Path.of(arguments[1]));
        prepareProcess(environment);
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir(), false),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir(), false),
            Map.of(),
            OneNode.class.getModule().isNamed()
        );
        OneNode node = new OneNode(environment, plugins);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            node.end();
            ended.countDown();
        }, "end-node"));
        node.start();
        ended.await();
    }

    private static Environment readEnvironment(Path home, Path configuration) {
        LogConfigurator.configureESLogging();
        LogConfigurator.registerErrorListener();
        BootstrapInfo.init();
        Settings settings = Settings.builder().put("path.home", home).build();
        return InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), configuration, () -> "one");
    }

    private static void prepareProcess(Environment environment) throws Exception {
        Settings settings = environment.settings();
        LogConfigurator.setClusterName(settings.get("cluster.name"));
        LogConfigurator.setNodeName(settings.get("node.name"));
        LogConfigurator.configure(environment, true);
        Thread.setDefaultUncaughtExceptionHandler(new ElasticsearchUncaughtExceptionHandler());
        Elasticsearch.initializeNatives(environment.tmpDir(), false, true, false);
        Elasticsearch.initializeProbes();
        Elasticsearch.checkLucene();
    }

    private void end() {
        try {
            prepareForClose();
            close();
            awaitClose(20, TimeUnit.SECONDS);
        } catch (IOException problem) {
            problem.printStackTrace();
        } catch (InterruptedException problem) {
            Thread.currentThread().interrupt();
        }
    }
}
